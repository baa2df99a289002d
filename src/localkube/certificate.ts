// A self-signed serving certificate for loopback, which is its own authority: DER by hand, because no library is as
// small. RFC 5280, section 4.1.
import { generateKeyPairSync, sign } from "node:crypto";
import type { Clock, Random } from "../clock.ts";

const YEARS_MS = 10 * 365 * 24 * 3_600_000;
const SEQUENCE = 0x30;
const SET = 0x31;
const OID = 0x06;
const UTF8 = 0x0c;
const BITS = 0x03;
const OCTETS = 0x04;

const ECDSA_SHA256 = tlv(SEQUENCE, oid("2a8648ce3d040302"));
const COMMON_NAME = oid("550403");
const BASIC_CONSTRAINTS = oid("551d13");
const SUBJECT_ALT_NAME = oid("551d11");
const EXTENDED_KEY_USAGE = oid("551d25");
const SERVER_AUTH = oid("2b06010505070301");

/** P-256, for localhost, 127.0.0.1 and ::1, valid from a minute ago for ten years. */
export function createServingCertificate({ clock, random }: { clock: Clock; random: Random }): {
  certPem: string;
  keyPem: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = tlv(SEQUENCE, tlv(SET, tlv(SEQUENCE, COMMON_NAME, tlv(UTF8, Buffer.from("dockbell")))));
  const begins = clock.now() - 60_000;
  const body = tlv(
    SEQUENCE,
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([0x01, ...random.bytes(15)])),
    ECDSA_SHA256,
    name,
    tlv(SEQUENCE, time(begins), time(begins + YEARS_MS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, tlv(SEQUENCE, ...extensions())),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = tlv(SEQUENCE, body, ECDSA_SHA256, tlv(BITS, Buffer.from([0]), signature));
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  const certPem = ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
  return { certPem, keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

function extensions(): readonly Buffer[] {
  const names = [
    tlv(0x82, Buffer.from("localhost")),
    tlv(0x87, Buffer.from([127, 0, 0, 1])),
    tlv(0x87, Buffer.from("00000000000000000000000000000001", "hex")),
  ];
  const isTrue = tlv(0x01, Buffer.from([0xff]));
  return [
    tlv(SEQUENCE, BASIC_CONSTRAINTS, isTrue, tlv(OCTETS, tlv(SEQUENCE, isTrue))),
    tlv(SEQUENCE, EXTENDED_KEY_USAGE, tlv(OCTETS, tlv(SEQUENCE, SERVER_AUTH))),
    tlv(SEQUENCE, SUBJECT_ALT_NAME, tlv(OCTETS, tlv(SEQUENCE, ...names))),
  ];
}

/** UTCTime up to 2049, GeneralizedTime from 2050 on. */
function time(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/[-:T]|\.\d+/g, "");
  return digits < "2050" ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
}

function oid(hex: string): Buffer {
  return tlv(OID, Buffer.from(hex, "hex"));
}

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOctets(content.length)]), content]);
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
