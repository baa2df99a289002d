{{/* What senders reach from outside: the receivers' paths below the base URL, and nothing else. */}}

{{- define "dockbell.host" -}}
{{- regexReplaceAll ":[0-9]*$" (get (urlParse .Values.config.baseURL) "host") "" }}
{{- end }}

{{/* `/webhooks` for https://kargo.example.com/webhooks/ */}}
{{- define "dockbell.basePath" -}}
{{- get (urlParse .Values.config.baseURL) "path" | trimSuffix "/" }}
{{- end }}
