// Delivery ids: UUIDv7 (RFC 9562, section 5.7) from the injected clock and randomness.
import type { Clock, Random } from "../clock.ts";

export function newDeliveryId(clock: Clock, random: Random): string {
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUIntBE(clock.now(), 0, 6);
  bytes.set(random.bytes(10), 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
