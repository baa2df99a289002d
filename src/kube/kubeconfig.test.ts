import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inClusterAccess } from "./access.ts";
import { readKubeconfig } from "./kubeconfig.ts";

interface Parts {
  readonly user?: string;
  readonly cluster?: string;
}

function configText({ user = "{token: t}", cluster = "{server: https://kube:6443}" }: Parts): string {
  return `
current-context: main
contexts: [{name: main, context: {cluster: c, user: u, namespace: team}}]
clusters: [{name: c, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
`;
}

const read = (parts: Parts) => readKubeconfig([{ path: "/home/me/.kube/config", text: configText(parts) }]);
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a kubeconfig's user may have", () => {
  const users: readonly (readonly [what: string, user: string, wanted: unknown])[] = [
    ["a token", "{token: t}", { token: { kind: "text", text: "t" } }],
    ["a tokenFile, relative to the file", "{tokenFile: ../t}", { token: { kind: "file", path: "/home/me/t" } }],
    ["a tokenFile, which goes before its token", "{tokenFile: /t, token: t}", { token: { kind: "file", path: "/t" } }],
    ["a name and a password", "{username: me, password: p}", { basic: { username: "me", password: "p" } }],
    [
      "a certificate and its key in files",
      "{client-certificate: c.pem, client-key: /k.pem}",
      { certificate: { cert: { kind: "file", path: "/home/me/.kube/c.pem" }, key: { kind: "file", path: "/k.pem" } } },
    ],
    [
      "a certificate and its key as data, which goes before files",
      `{client-certificate: c.pem, client-certificate-data: ${base64("C")}, client-key-data: ${base64("K")}}`,
      { certificate: { cert: { kind: "text", text: "C" }, key: { kind: "text", text: "K" } } },
    ],
    [
      "an exec plugin",
      "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./p, args: [a], env: [{name: N, value: v}], interactiveMode: Never}}",
      {
        plugin: {
          apiVersion: "client.authentication.k8s.io/v1",
          command: "/home/me/.kube/p",
          args: ["a"],
          env: { N: "v" },
          installHint: "",
          cluster: undefined,
        },
      },
    ],
    ["nothing", "{}", {}],
  ];
  for (const [what, user, wanted] of users) {
    test(what, () => {
      const { user: given } = read({ user });

      assert.deepEqual(JSON.parse(JSON.stringify(given)), JSON.parse(JSON.stringify(wanted)));
    });
  }
});

describe("a kubeconfig is refused, and the error names the field, for", () => {
  const exec = (fields: string) => `{exec: {command: p, ${fields}}}`;
  const wrong: readonly (readonly [what: string, parts: Parts, message: RegExp])[] = [
    ["a legacy auth-provider", { user: "{auth-provider: {name: gcp}}" }, /user\.auth-provider.*gke-gcloud-auth-plugin/],
    ["azure's auth-provider", { user: "{auth-provider: {name: azure}}" }, /kubelogin/],
    ["an unknown auth-provider", { user: "{auth-provider: {name: x}}" }, /exec plugin of your provider/],
    ["impersonation", { user: "{as: root}" }, /user\.as is not supported/],
    ["a certificate without a key", { user: "{client-certificate: c}" }, /client-key is missing/],
    ["a key without a certificate", { user: "{client-key: k}" }, /client-certificate is missing/],
    ["a token that is no string", { user: "{token: 5}" }, /users\[0\]\.user\.token must be a string/],
    ["a removed exec version", { user: exec("apiVersion: client.authentication.k8s.io/v1alpha1") }, /use .*\/v1 or/],
    [
      "a plugin that must ask",
      { user: exec("apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always") },
      /nobody to ask/,
    ],
    ["a proxy", { cluster: "{server: https://k, proxy-url: socks5://p}" }, /cluster\.proxy-url is not supported/],
    [
      "a server that is no address",
      { cluster: "{server: 'ftp://k'}" },
      /cluster\.server "ftp:\/\/k" is not an address/,
    ],
    ["no server", { cluster: "{}" }, /cluster\.server is missing/],
    [
      "an authority that is not asked",
      { cluster: "{server: https://k, certificate-authority: a, insecure-skip-tls-verify: true}" },
      /cannot stand beside/,
    ],
    ["a list where an object must be", { cluster: "[]" }, /clusters\[0\]\.cluster must be an object/],
    ["text that is not YAML", { cluster: "{" }, /config: not YAML/],
  ];
  for (const [what, parts, message] of wrong) {
    test(what, () => {
      assert.throws(() => read(parts), { name: "InputError", message });
    });
  }

  test("a context that is not there", () => {
    const files = [{ path: "/k", text: configText({}) }];

    assert.throws(() => readKubeconfig(files, "other"), { message: '/k: there is no context "other"' });
  });

  test("no current context", () => {
    assert.throws(() => readKubeconfig([{ path: "/k", text: "" }]), { message: /no current-context/ });
  });

  test("a user that is not there", () => {
    const text = configText({}).replace("user: u", "user: v");

    assert.throws(() => readKubeconfig([{ path: "/k", text }]), { message: /context\.user names "v"/ });
  });

  test("a name that stands twice in one file", () => {
    const text = `${configText({})}`.replace("users: [", "users: [{name: u, user: {token: other}}, ");

    assert.throws(() => readKubeconfig([{ path: "/k", text }]), { message: /users name "u" twice/ });
  });
});

test("a cluster's server, namespace, authority and names are read", () => {
  const cluster = `{server: https://kube:6443/path/, certificate-authority-data: ${base64("CA")}, tls-server-name: n}`;

  const access = read({ cluster });

  assert.equal(access.server, "https://kube:6443/path");
  assert.equal(access.namespace, "team");
  assert.deepEqual(access.authority, { kind: "text", text: "CA" });
  assert.equal(access.serverName, "n");
});

test("of several files the first to name a thing wins, and each brings what the others lack", () => {
  const first = { path: "/a/config", text: "users: [{name: u, user: {tokenFile: t}}]\ncurrent-context: second" };
  const second = {
    path: "/b/config",
    text: `${configText({})}`.replace("contexts: [", "contexts: [{name: second, context: {cluster: c, user: u}}, "),
  };

  const access = readKubeconfig([first, second]);

  assert.equal(access.server, "https://kube:6443");
  assert.equal(access.namespace, "default");
  assert.deepEqual(access.user.token, { kind: "file", path: "/a/t" });
});

test("a pod's service account is found through its environment", () => {
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };

  const access = inClusterAccess(env, () => "team\n");

  assert.equal(access?.server, "https://[fd00::1]:443");
  assert.equal(access?.namespace, "team");
  assert.deepEqual(access?.user.token, {
    kind: "file",
    path: "/var/run/secrets/kubernetes.io/serviceaccount/token",
  });
  assert.equal(
    inClusterAccess({}, () => ""),
    undefined,
  );
});
