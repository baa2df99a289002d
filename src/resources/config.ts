// Either kind of object that has webhook receivers in its spec, and their URLs in its status.
import type { ClusterConfig } from "./cluster-config.ts";
import type { ProjectConfig } from "./project-config.ts";

export type Config = ProjectConfig | ClusterConfig;
