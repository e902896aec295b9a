{{- /* The operator's configuration file. */}}
{{- define "deepseek-operator.config" -}}
{{- $servers := list }}
{{- range .Values.config.prometheus }}
{{- $server := pick . "name" "url" "headers" "allowCustomQueries" "timeout" "namespaceLabel" "serviceLabel" "maxConcurrentQueries" }}
{{- $directory := printf "/etc/deepseek-operator/prometheus/%s" .name }}
{{- if .tokenSecretRef }}
{{- $_ := set $server "bearerTokenFile" (printf "%s/token" $directory) }}
{{- end }}
{{- if .basicAuthSecretRef }}
{{- $_ := set $server "basicAuth" (dict "usernameFile" (printf "%s/username" $directory) "passwordFile" (printf "%s/password" $directory)) }}
{{- end }}
{{- if or .caSecretRef .caConfigMapRef }}
{{- $_ := set $server "caFile" (printf "%s/ca.crt" $directory) }}
{{- end }}
{{- $servers = append $servers $server }}
{{- end }}
{{- $config := pick .Values.config "syncPeriod" "logLevel" "logFormat" "maxConcurrentReconciles" }}
{{- $_ := set $config "listenAddress" "0.0.0.0:8080" }}
{{- with .Values.watchNamespaces }}
{{- $_ := set $config "watchNamespaces" . }}
{{- end }}
{{- if .Values.leaderElection.enabled }}
{{- $lease := include "deepseek-operator.leaseName" . }}
{{- $_ := set $config "leaderElection" (dict "enabled" true "leaseName" $lease "leaseNamespace" .Release.Namespace) }}
{{- end }}
{{- with $servers }}
{{- $_ := set $config "prometheus" . }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{- /* Everything below /etc/deepseek-operator, as sources of one projected volume. */}}
{{- define "deepseek-operator.configSources" -}}
- configMap:
    name: {{ include "deepseek-operator.fullname" . }}
    items:
    - {key: config.yaml, path: config.yaml}
{{- range .Values.config.prometheus }}
{{- $directory := printf "prometheus/%s" .name }}
{{- with .tokenSecretRef }}
- secret:
    name: {{ .name }}
    items:
    - {key: {{ .key | default "token" | quote }}, path: {{ $directory }}/token}
{{- end }}
{{- with .basicAuthSecretRef }}
- secret:
    name: {{ .name }}
    items:
    - {key: {{ .usernameKey | default "username" | quote }}, path: {{ $directory }}/username}
    - {key: {{ .passwordKey | default "password" | quote }}, path: {{ $directory }}/password}
{{- end }}
{{- with .caSecretRef }}
- secret:
    name: {{ .name }}
    items:
    - {key: {{ .key | default "ca.crt" | quote }}, path: {{ $directory }}/ca.crt}
{{- end }}
{{- with .caConfigMapRef }}
- configMap:
    name: {{ .name }}
    items:
    - {key: {{ .key | default "ca.crt" | quote }}, path: {{ $directory }}/ca.crt}
{{- end }}
{{- end }}
{{- end }}
