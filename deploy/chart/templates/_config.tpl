{{/* The configuration file. What follows from the pod is in its environment, which comes before the file. */}}
{{- define "dockbell.config" -}}
{{- toYaml (merge (dict "roles" .Values.roles) .Values.config) }}
{{- end }}
