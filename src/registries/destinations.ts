// Where a registry may send Dockbell: a public one never into the networks that only Dockbell can reach, such as the
// metadata service of a cloud. Names are not looked up: what they resolve to is the network's to guard.
import { BlockList, isIP } from "node:net";
import { isPlainHttpHost } from "../references/image.ts";

const INTERNAL: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
];

const internal = blockListOf(INTERNAL);

/** Why the host of `from` may not send us to `to`; undefined when it may. */
export function strayReason(from: URL, to: URL): string | undefined {
  if (from.host === to.host || !isInternal(to.hostname) || isInternal(from.hostname)) return undefined;
  return `${to.host} is an address of the internal network, to which ${from.host} may not send`;
}

function isInternal(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  const version = isIP(address);
  return version === 0 ? isPlainHttpHost(hostname) : internal.check(address, version === 6 ? "ipv6" : "ipv4");
}

function blockListOf(networks: typeof INTERNAL): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, network.includes(":") ? "ipv6" : "ipv4");
  return list;
}
