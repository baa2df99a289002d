// The bodies Docker Hub sends for a push, for `dockbell send`: field by field as in
// https://docs.docker.com/docker-hub/repos/manage/webhooks/, with the undocumented media type it sends today.

export interface PayloadOptions {
  readonly repository: string;
  readonly tag: string;
  /** Old webhooks have none. */
  readonly mediaType: string | undefined;
  /** Seconds since the epoch. */
  readonly pushedAt: number;
}

export const MEDIA_TYPES = {
  image: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  chart: "application/vnd.cncf.helm.config.v1+json",
} as const;

export function dockerHubPayload({ repository, tag, mediaType, pushedAt }: PayloadOptions): string {
  const [namespace = "", name = ""] = [repository.slice(0, repository.lastIndexOf("/")), repository.split("/").at(-1)];
  return JSON.stringify({
    callback_url: `https://registry.hub.docker.com/u/${repository}/hook/0/`,
    push_data: { pushed_at: pushedAt, pusher: namespace, tag, images: [], media_type: mediaType },
    repository: {
      comment_count: 0,
      date_created: pushedAt,
      description: "",
      dockerfile: "",
      full_description: "",
      is_official: false,
      is_private: false,
      is_trusted: false,
      name,
      namespace,
      owner: namespace,
      repo_name: repository,
      repo_url: `https://registry.hub.docker.com/v2/repositories/${repository}/`,
      star_count: 0,
      status: "Active",
    },
  });
}

/** For one push of an image for two platforms: a webhook for each of them and one for the index, which share the tag. */
export function multiArchPayloads(push: Omit<PayloadOptions, "mediaType">): readonly string[] {
  const { image, index } = MEDIA_TYPES;
  return [image, image, index].map((mediaType) => dockerHubPayload({ ...push, mediaType }));
}
