{{- define "deepseek-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Room is left for the suffix of the longest name, "-leader-election". */}}
{{- define "deepseek-operator.fullname" -}}
{{- $name := include "deepseek-operator.name" . }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- default $full .Values.fullnameOverride | trunc 47 | trimSuffix "-" }}
{{- end }}

{{- define "deepseek-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "deepseek-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "deepseek-operator.labels" -}}
{{ include "deepseek-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: deepseek-operator
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "deepseek-operator.serviceAccountName" -}}
{{- default (ternary (include "deepseek-operator.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- /* The hook has an account of its own where the chart may bind one; otherwise it has the operator's. */}}
{{- define "deepseek-operator.restoreServiceAccountName" -}}
{{- if .Values.rbac.create }}{{ include "deepseek-operator.fullname" . }}-restore{{ else }}{{ include "deepseek-operator.serviceAccountName" . }}{{ end }}
{{- end }}

{{- define "deepseek-operator.leaseName" -}}
{{- default (include "deepseek-operator.fullname" .) .Values.leaderElection.leaseName }}
{{- end }}

{{- /* Not empty where gRPC listens to the cluster, and not to its own pod only. */}}
{{- define "deepseek-operator.rpcForCluster" -}}
{{- if and .Values.rpc.enabled .Values.rpc.tls.secretName }}true{{ end }}
{{- end }}

{{- define "deepseek-operator.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{- /* What the pods of operator, hook and test have in common. */}}
{{- define "deepseek-operator.podLabels" -}}
{{ include "deepseek-operator.labels" . }}
{{- with .Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "deepseek-operator.podSpec" -}}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "deepseek-operator.container" -}}
image: {{ include "deepseek-operator.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
{{- end }}

{{- /* What contradicts itself in a way that the schema cannot say. */}}
{{- define "deepseek-operator.validate" -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.leaderElection.enabled) }}
{{- fail (printf "replicas is %d and leaderElection.enabled is false: several operators that do not know who leads write against each other. Enable it, or set replicas to 1." (int .Values.replicas)) }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled }}
{{- fail "metrics.serviceMonitor.enabled and metrics.podMonitor.enabled are both true: everything would be scraped twice. Keep one of them." }}
{{- end }}
{{- with .Values.rpc }}
{{- if and .tls.clientCertificates (not .tls.secretName) }}
{{- fail "rpc.tls.clientCertificates is true and rpc.tls.secretName is empty: there is no TLS in which a client could show a certificate. Name a Secret with tls.crt, tls.key and ca.crt, or set it to false." }}
{{- end }}
{{- if and .tokenAudiences (not .tls.secretName) }}
{{- fail "rpc.tokenAudiences is given and rpc.tls.secretName is empty: without TLS nobody is asked for a token. Name a Secret with tls.crt and tls.key, or leave the audiences out." }}
{{- end }}
{{- end }}
{{- $names := list }}
{{- range .Values.config.prometheus }}
{{- if has .name $names }}
{{- fail (printf "config.prometheus has two servers named %q: rename or remove one of them." .name) }}
{{- end }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}
