{{/* What every object is called, labelled with and found by. */}}

{{- define "dockbell.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* A StatefulSet's pods carry its name, a dash, a number and a hash in labels of at most 63 characters. */}}
{{- define "dockbell.fullname" -}}
{{- $name := include "dockbell.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $full .Values.fullnameOverride | trunc 46 | trimSuffix "-" }}
{{- end }}

{{- define "dockbell.peers" -}}
{{ include "dockbell.fullname" . }}-peers
{{- end }}

{{/* Every pod by its name, so that one that is away is missed; the Service beside them knows those of another scale. */}}
{{- define "dockbell.peerAddresses" -}}
{{- $peers := include "dockbell.peers" . }}
{{- $addresses := list }}
{{- if gt (int .Values.replicas) 1 }}
{{- range until (int .Values.replicas) }}
{{- $addresses = append $addresses (printf "%s-%d.%s:8081" (include "dockbell.fullname" $) . $peers) }}
{{- end }}
{{- end }}
{{- append $addresses (printf "%s:8081" $peers) | join "," }}
{{- end }}

{{- define "dockbell.adminSecret" -}}
{{ default (printf "%s-admin" (include "dockbell.fullname" .)) .Values.admin.existingSecret }}
{{- end }}

{{- define "dockbell.serviceAccount" -}}
{{- $own := ternary (include "dockbell.fullname" .) "default" .Values.serviceAccount.create }}
{{- default $own .Values.serviceAccount.name }}
{{- end }}

{{- define "dockbell.subjects" -}}
- kind: ServiceAccount
  name: {{ include "dockbell.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- define "dockbell.image" -}}
{{- $reference := printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- with .Values.image.digest }}{{ $reference = printf "%s@%s" $reference . }}{{ end }}
{{- $reference }}
{{- end }}

{{- define "dockbell.selector" -}}
app.kubernetes.io/name: {{ include "dockbell.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dockbell.labels" -}}
{{ include "dockbell.selector" . }}
app.kubernetes.io/part-of: dockbell
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* An object's metadata: dict "root" $ "name" the end of its name, if any, "annotations" those of its values. */}}
{{- define "dockbell.metadata" -}}
name: {{ printf "%s%s" (include "dockbell.fullname" .root) (default "" .suffix) }}
{{- if not .isClusterScoped }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "dockbell.labels" .root | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
