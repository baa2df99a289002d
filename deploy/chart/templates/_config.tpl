{{/* The configuration file. What follows from the pod is in its environment, which comes before the file. */}}
{{- define "dockbell.config" -}}
{{- $set := dict "roles" .Values.roles }}
{{- with .Values.rbac.secretNamespaces }}{{ $set = set $set "secretNamespaces" . }}{{ end }}
{{- toYaml (merge $set .Values.config) }}
{{- end }}

{{/* How long a stop takes: the delay, what is under way, and 5 s in which the process itself ends. */}}
{{- define "dockbell.gracePeriodSeconds" -}}
{{- $begin := toDate "2006-01-02" "2000-01-01" }}
{{- $end := $begin }}
{{- range list (default "5s" .Values.config.shutdownDelay) (default "20s" .Values.config.shutdownTimeout) }}
{{- $end = mustDateModify . $end }}
{{- end }}
{{- sub (unixEpoch $end) (unixEpoch $begin) | add 5 }}
{{- end }}
