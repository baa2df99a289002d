{{/* The configuration file. What follows from the pod is in its environment, which comes before the file. */}}
{{- define "dockbell.config" -}}
{{- $set := dict "roles" .Values.roles }}
{{- with .Values.rbac.secretNamespaces }}{{ $set = set $set "secretNamespaces" . }}{{ end }}
{{- toYaml (merge $set .Values.config) }}
{{- end }}
