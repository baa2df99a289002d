// Docker Hub's webhook: docs/compatibility.md, sections 4.1 and 4.2. It is authenticated by its URL alone, and its
// `callback_url` comes from the unauthenticated body: it is never called.
import { candidateURLs } from "./candidate-urls.ts";
import { decodeJSON } from "./json.ts";
import { parsedPush, pushedTags, type Sender } from "./push.ts";

const PAYLOAD = {
  push_data: { tag: "string", media_type: "string" },
  repository: { repo_name: "string" },
} as const;

export const DOCKERHUB: Sender = {
  name: "dockerhub",
  parse: (body) =>
    parsedPush(() => {
      const { push_data, repository } = decodeJSON(body, PAYLOAD);
      const { tag, media_type: mediaType } = push_data;
      return { repoURLs: candidateURLs(repository.repo_name, mediaType), tags: pushedTags([tag]), mediaType };
    }),
};
