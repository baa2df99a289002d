// Where settings come from, which source wins, and what a wrong one is told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InputError } from "../errors.ts";
import { qualifiedNameFaults } from "../localkube/qualified-name.ts";
import { pushesAnnotation, replicaKey } from "../resources/pushes.ts";
import { parseConfigFile } from "./config-file.ts";
import { configurationText, parseSettings, settingsInForce } from "./configuration.ts";
import { flagOf, strangeVariables, variableOf } from "./setting-names.ts";
import { settingKeys } from "./settings.ts";

const NOTHING = { command: "up", flags: {}, env: {}, defaults: { dataDir: "/data", replica: "dockbell-0" } } as const;

test("without anything given, the defaults are in force", () => {
  const settings = parseSettings("up", settingsInForce(NOTHING));

  assert.deepEqual(settings, {
    dataDir: "/data",
    listen: { host: "127.0.0.1", port: 8080 },
    adminListen: { host: "127.0.0.1", port: 8081 },
    baseURL: "http://127.0.0.1:8080",
    answerWithin: 2_000,
    plainHTTPRegistries: [],
    registryAlias: [],
    registryCA: "",
    sharedResourcesNamespace: "",
    systemResourcesNamespace: "kargo-system-resources",
    tlsCertificate: "",
    tlsKey: "",
    minInterval: 0,
  });
});

test("a flag comes before the environment, the environment before the file, the file before the default", () => {
  const file = parseConfigFile("listen: 127.0.0.1:3\nadminListen: 127.0.0.1:3\nanswerWithin: 3s\n", "f.yaml");
  const env = { DOCKBELL_LISTEN: "127.0.0.1:2", DOCKBELL_ADMIN_LISTEN: "127.0.0.1:2" };

  const inForce = settingsInForce({ ...NOTHING, flags: { listen: "127.0.0.1:1" }, env, file });

  const origins = Object.fromEntries(inForce.map(({ key, text, origin }) => [key, `${text} ${origin}`]));
  assert.partialDeepStrictEqual(origins, {
    dataDir: "/data default",
    listen: "127.0.0.1:1 --listen",
    adminListen: "127.0.0.1:2 DOCKBELL_ADMIN_LISTEN",
    baseURL: "http://127.0.0.1:1 default",
    answerWithin: "3s f.yaml:3",
  });
});

test("with a certificate, senders are told https", () => {
  const flags = { listen: "dockbell.example.com:443", tlsCertificate: "tls.crt", tlsKey: "tls.key" };

  const { baseURL } = parseSettings("up", settingsInForce({ ...NOTHING, flags }));

  assert.equal(baseURL, "https://dockbell.example.com:443");
});

test("a wrong value is refused with the place where it stands", () => {
  const MISTAKES: readonly (readonly [text: string, message: RegExp])[] = [
    ["# first\nlistne: 1\n", /^f\.yaml:2: unknown key "listne"; there are: dataDir, listen, /],
    [
      "listen: 127.0.0.1:1\nanswerWithin: 5\n",
      /^f\.yaml:2: answerWithin: "5" is not a duration: write it in hours, minutes and seconds/,
    ],
    ["answerWithin:\n  seconds: 5\n", /^f\.yaml:1: answerWithin must be a single value/],
    ["listen: nowhere\n", /^f\.yaml:1: listen: "nowhere" is not an address: write it like 127\.0\.0\.1:8080/],
    ["baseURL: https://user:word@example.com\n", /^f\.yaml:1: baseURL: a base URL has no user and no password/],
    ["baseURL: https://example.com/?a=b\n", /^f\.yaml:1: baseURL: ".*" has more than a path/],
    ["sharedResourcesNamespace: A b\n", /^f\.yaml:1: sharedResourcesNamespace: "A b" is not the name of a namespace/],
    ['dataDir: ""\n', /^f\.yaml:1: dataDir: "" is not a directory: write it like /],
    [
      "listen: nowhere\nanswerWithin: 5\n",
      /^f\.yaml:1: listen: "nowhere" is not an address: .*\nf\.yaml:2: answerWithin: "5" is not a duration: .*$/,
    ],
    ["listen: a\n\nlisten: b\n", /^f\.yaml:3: duplicated mapping key/],
    ["- listen\n", /^f\.yaml:1: must be a mapping/],
    ["listen: 127.0.0.1:1\n---\n{}\n", /^f\.yaml: holds more than one document/],
  ];
  for (const [text, message] of MISTAKES) {
    assert.throws(
      () => parseSettings("up", settingsInForce({ ...NOTHING, file: parseConfigFile(text, "f.yaml") })),
      (error) => error instanceof InputError && message.test(error.message),
      text,
    );
  }
});

test("a default that a wrong setting led to is not complained about beside it", () => {
  const parsed = (listen: string) => () => parseSettings("up", settingsInForce({ ...NOTHING, flags: { listen } }));

  assert.throws(parsed("127.0.0.1:99999"), /^InputError: --listen: "127\.0\.0\.1:99999" is not an address: [^\n]+$/);
  assert.throws(parsed("a b:1"), /^InputError: --base-url: "http:\/\/a b:1" is not an absolute URL/);
});

test("a variable that is no setting is told of, unless it is one of a Service's", () => {
  const service = {
    DOCKBELL_SERVICE_HOST: "10.0.0.1",
    DOCKBELL_SERVICE_PORT: "80",
    DOCKBELL_SERVICE_PORT_WEBHOOK: "80",
    DOCKBELL_PORT: "tcp://10.0.0.1:80",
    DOCKBELL_PORT_80_TCP: "tcp://10.0.0.1:80",
    DOCKBELL_PORT_80_TCP_PROTO: "tcp",
    DOCKBELL_PORT_80_TCP_PORT: "80",
    DOCKBELL_PORT_80_TCP_ADDR: "10.0.0.1",
    DOCKBELL_ADMIN_SERVICE_HOST: "10.0.0.2",
    DOCKBELL_ADMIN_PORT: "tcp://10.0.0.2:80",
  };
  const settings = { DOCKBELL_LISTEN: "127.0.0.1:1", DOCKBELL_ROLES: "receiver", DOCKBELLS: "x", PATH: "/bin" };

  assert.deepEqual(strangeVariables({ ...service, ...settings }), []);
  assert.deepEqual(strangeVariables({ ...settings, DOCKBELL_LISTNE: "x", DOCKBELL_LISTEN_PORT: "1" }), [
    "DOCKBELL_LISTNE",
    "DOCKBELL_LISTEN_PORT",
  ]);
});

test("a replica's name becomes part of an annotation's key, and one that cannot is refused with its flag", () => {
  const nameOf = (flags: Readonly<Record<string, string>>, replica = "") =>
    parseSettings(
      "serve",
      settingsInForce({ ...NOTHING, command: "serve", flags, defaults: { ...NOTHING.defaults, replica } }),
    ).replica;
  const taken = ["a", "dockbell-0", "Node_1.example.com", "a..b", "9".repeat(56), "a".repeat(57), "a".repeat(253)];

  for (const name of taken) assert.deepEqual(qualifiedNameFaults(pushesAnnotation(replicaKey(nameOf({}, name)))), []);
  for (const wrong of ["A b", "-a", "a.", "a/b", "é", "a".repeat(254)]) {
    const refused = /^InputError: --replica: ".*" is not a replica's name: write it in at most 253 letters/;
    assert.throws(() => nameOf({ replica: wrong }), refused, wrong);
    assert.throws(() => nameOf({}, wrong), refused, wrong);
  }
});

test("an empty file and empty variables say nothing", () => {
  const file = parseConfigFile("# all commented out\n", "f.yaml");

  const inForce = settingsInForce({ ...NOTHING, env: { DOCKBELL_LISTEN: "" }, file });

  assert.ok(inForce.every(({ origin }) => origin === "default"));
});

test("what is printed as the configuration in force can be read as a file", () => {
  const inForce = settingsInForce({ ...NOTHING, flags: { baseURL: "https://dockbell.example.com/hooks" } });

  const file = parseConfigFile(configurationText(inForce), "printed.yaml");

  assert.deepEqual(
    parseSettings("up", settingsInForce({ ...NOTHING, defaults: {}, file })),
    parseSettings("up", inForce),
  );
});

test("flags and variables are spelled after the key", () => {
  const spelled = settingKeys("up").map((key) => [flagOf(key), variableOf(key)]);

  assert.deepEqual(spelled, [
    ["--data-dir", "DOCKBELL_DATA_DIR"],
    ["--listen", "DOCKBELL_LISTEN"],
    ["--admin-listen", "DOCKBELL_ADMIN_LISTEN"],
    ["--tls-certificate", "DOCKBELL_TLS_CERTIFICATE"],
    ["--tls-key", "DOCKBELL_TLS_KEY"],
    ["--base-url", "DOCKBELL_BASE_URL"],
    ["--answer-within", "DOCKBELL_ANSWER_WITHIN"],
    ["--plain-http-registries", "DOCKBELL_PLAIN_HTTP_REGISTRIES"],
    ["--registry-ca", "DOCKBELL_REGISTRY_CA"],
    ["--shared-resources-namespace", "DOCKBELL_SHARED_RESOURCES_NAMESPACE"],
    ["--system-resources-namespace", "DOCKBELL_SYSTEM_RESOURCES_NAMESPACE"],
    ["--min-interval", "DOCKBELL_MIN_INTERVAL"],
    ["--registry-alias", "DOCKBELL_REGISTRY_ALIAS"],
  ]);
});

test("a list of the file means the same as commas on the command line", () => {
  const file = parseConfigFile("plainHTTPRegistries:\n  - registry.lan:5000\n  - other.lan\n", "f.yaml");

  const fromFile = parseSettings("up", settingsInForce({ ...NOTHING, file }));
  const fromFlag = parseSettings(
    "up",
    settingsInForce({ ...NOTHING, flags: { plainHTTPRegistries: "registry.lan:5000,other.lan" } }),
  );

  assert.deepEqual(fromFile.plainHTTPRegistries, ["registry.lan:5000", "other.lan"]);
  assert.deepEqual(fromFile, fromFlag);
});

test("a setting that may be repeated is a list in the file and has commas between its values elsewhere", () => {
  const file = parseConfigFile("registryAlias: [mirror.example.com=docker.io, a.example.com=ghcr.io]\n", "f.yaml");
  const flags = { registryAlias: "b.example.com=quay.io,c.example.com=docker.io" };

  const [fromFile, fromFlags] = [
    { ...NOTHING, file },
    { ...NOTHING, file, flags },
  ].map((sources) => parseSettings("up", settingsInForce(sources)).registryAlias);

  assert.deepEqual(fromFile, ["mirror.example.com=docker.io", "a.example.com=ghcr.io"]);
  assert.deepEqual(fromFlags, ["b.example.com=quay.io", "c.example.com=docker.io"]);
});

test("a password in the base URL is not printed", () => {
  const text = configurationText(
    settingsInForce({ ...NOTHING, flags: { baseURL: "https://me:hunter2@example.com/x" } }),
  );

  assert.match(text, /^baseURL: "https:\/\/me:\*\*\*@example\.com\/x"/m);
});

test("serve takes the variables of Kargo's webhook server after its own and before the file", () => {
  const serve = { ...NOTHING, command: "serve" } as const;
  const env = { PORT: "9000", EXTERNAL_WEBHOOK_SERVER_BASE_URL: "https://kargo.example.com", LOG_FORMAT: "json" };
  const file = parseConfigFile("listen: 127.0.0.1:1\nbaseURL: https://file.example.com\n", "f.yaml");

  const theirs = settingsInForce({ ...serve, env, file });
  const ours = settingsInForce({ ...serve, env: { ...env, DOCKBELL_LISTEN: "127.0.0.1:2" } });

  const origins = Object.fromEntries(theirs.map(({ key, text, origin }) => [key, `${text} ${origin}`]));
  assert.partialDeepStrictEqual(origins, {
    listen: "0.0.0.0:9000 BIND_ADDRESS, PORT",
    baseURL: "https://kargo.example.com EXTERNAL_WEBHOOK_SERVER_BASE_URL",
    logFormat: "json LOG_FORMAT",
    shutdownTimeout: "20s default",
  });
  assert.equal(ours.find(({ key }) => key === "listen")?.origin, "DOCKBELL_LISTEN");
});

test("Kargo's TLS files count where TLS is switched on, and are asked for there", () => {
  const inForce = (env: Readonly<Record<string, string>>) => {
    const all = settingsInForce({ ...NOTHING, command: "serve", env });
    return all.find(({ key }) => key === "tlsCertificate")?.text;
  };
  const files = { TLS_CERT_PATH: "/tls/tls.crt", TLS_KEY_PATH: "/tls/tls.key" };

  assert.equal(inForce(files), "");
  assert.equal(inForce({ ...files, TLS_ENABLED: "true" }), "/tls/tls.crt");
  assert.throws(() => inForce({ TLS_ENABLED: "true" }), { name: "InputError", message: /^TLS_CERT_PATH must be set/ });
  assert.throws(() => inForce({ TLS_ENABLED: "yes" }), { name: "InputError", message: /"yes" is neither true nor/ });
});

test("what is for serve alone is refused for up, with the place where it stands", () => {
  const file = parseConfigFile("roles: receiver\n", "f.yaml");

  assert.throws(
    () => settingsInForce({ ...NOTHING, file }),
    /^InputError: f\.yaml:1: "roles" is for dockbell serve alone/,
  );
  assert.throws(
    () => settingsInForce({ ...NOTHING, flags: { roles: "receiver" } }),
    /--roles is for dockbell serve alone/,
  );
});

test("roles are named from the list, each once", () => {
  const roles = (text: string) =>
    parseSettings("serve", settingsInForce({ ...NOTHING, command: "serve", flags: { roles: text } })).roles;

  assert.throws(() => roles("receiver,sender"), /^InputError: --roles: "sender" is not a role: there are receiver, /);
  assert.throws(() => roles(" , "), /name at least one role/);
});

test("namespaces of Secrets are named, or all of them meant", () => {
  const namespaces = (text: string) => {
    const flags = { secretNamespaces: text };
    return parseSettings("serve", settingsInForce({ ...NOTHING, command: "serve", flags })).secretNamespaces;
  };

  assert.deepEqual(namespaces("a, b,a"), ["a", "b"]);
  assert.deepEqual(namespaces(""), []);
  assert.throws(
    () => namespaces(",,"),
    /^InputError: --secret-namespaces: ",," names no namespace: write it like a,b$/,
  );
});

test("peers are addresses that can be asked, each once", () => {
  const peers = (text: string) =>
    parseSettings("serve", settingsInForce({ ...NOTHING, command: "serve", flags: { peers: text } })).peers;

  assert.deepEqual(peers("a:8081, [::1]:8082,a:8081,"), ["a:8081", "[::1]:8082"]);
  assert.deepEqual(peers(""), []);
  for (const text of [",,", "a:b", "a", "a:0"]) {
    assert.throws(() => peers(text), /^InputError: --peers: .*: write it like dockbell-peers:8081$/, text);
  }
});
