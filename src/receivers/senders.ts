// The table of senders, by their name in `spec.webhookReceivers[]` and in the path.
import { DOCKERHUB } from "./dockerhub.ts";
import type { Sender } from "./push.ts";
import { QUAY } from "./quay.ts";

export const SENDERS: readonly Sender[] = [DOCKERHUB, QUAY];
