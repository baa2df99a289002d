// Quay's webhook for a repository push: docs/compatibility.md, section 5. It is authenticated by its URL alone, says
// nothing of media types, and may name several tags.
import { candidateURLs } from "./candidate-urls.ts";
import { decodeJSON } from "./json.ts";
import { parsedPush, pushedTags, type Sender } from "./push.ts";

const PAYLOAD = { docker_url: "string", updated_tags: "strings" } as const;

export const QUAY: Sender = {
  name: "quay",
  parse: (body) =>
    parsedPush(() => {
      const { docker_url: repository, updated_tags: tags } = decodeJSON(body, PAYLOAD);
      return { repoURLs: candidateURLs(repository), tags: pushedTags(tags), mediaType: "" };
    }),
};
