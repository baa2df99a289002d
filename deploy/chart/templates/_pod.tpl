{{- define "dockbell.pod" -}}
serviceAccountName: {{ include "dockbell.serviceAccount" . }}
automountServiceAccountToken: true
# A Service named dockbell would otherwise become variables that look like settings.
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
terminationGracePeriodSeconds: {{ include "dockbell.gracePeriodSeconds" . }}
containers:
  - name: dockbell
    {{- include "dockbell.container" . | nindent 4 }}
volumes:
  - name: config
    configMap:
      name: {{ include "dockbell.fullname" . }}
  - name: admin
    secret:
      secretName: {{ include "dockbell.adminSecret" . }}
      items:
        - key: {{ .Values.admin.key }}
          path: token
  {{- with .Values.tls.existingSecret }}
  - name: tls
    secret:
      secretName: {{ . }}
  {{- end }}
  {{- with .Values.volumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "priorityClassName" }}
{{- with get $.Values $key }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "dockbell.container" -}}
image: {{ include "dockbell.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [serve, --config, /etc/dockbell/dockbell.yaml]
env:
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  # Below the volume's root, which is not ours to shut to other users.
  - name: DOCKBELL_DATA_DIR
    value: /var/lib/dockbell/data
  - name: DOCKBELL_ADMIN_TOKEN_FILE
    value: /etc/dockbell-admin/token
  - name: DOCKBELL_PEERS
    value: {{ include "dockbell.peerAddresses" . }}
  {{- if .Values.tls.existingSecret }}
  - name: DOCKBELL_TLS_CERTIFICATE
    value: /etc/dockbell-tls/tls.crt
  - name: DOCKBELL_TLS_KEY
    value: /etc/dockbell-tls/tls.key
  {{- end }}
  {{- with .Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  {{- if has "receiver" .Values.roles }}
  - name: webhook
    containerPort: 8080
  {{- end }}
  - name: admin
    containerPort: 8081
startupProbe:
  {{- include "dockbell.alive" . | nindent 2 }}
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  {{- include "dockbell.alive" . | nindent 2 }}
  timeoutSeconds: 5
readinessProbe:
  httpGet:
    path: /readyz
    port: admin
  periodSeconds: 5
  timeoutSeconds: 5
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  - name: data
    mountPath: /var/lib/dockbell
  - name: config
    mountPath: /etc/dockbell
    readOnly: true
  - name: admin
    mountPath: /etc/dockbell-admin
    readOnly: true
  {{- if .Values.tls.existingSecret }}
  - name: tls
    mountPath: /etc/dockbell-tls
    readOnly: true
  {{- end }}
  {{- with .Values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* Without the role receiver nothing listens for webhooks. */}}
{{- define "dockbell.alive" -}}
{{- if has "receiver" .Values.roles -}}
httpGet:
  path: /healthz
  port: webhook
  {{- if .Values.tls.existingSecret }}
  scheme: HTTPS
  {{- end }}
{{- else -}}
httpGet:
  path: /healthz
  port: admin
{{- end }}
{{- end }}
