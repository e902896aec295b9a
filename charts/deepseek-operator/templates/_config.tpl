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
{{- $forecasters := list }}
{{- range .Values.config.forecasters }}
{{- $forecaster := pick . "name" "address" "timeout" "fitTimeout" "refitInterval" "maxConcurrentRequests" "namespaces" }}
{{- $directory := printf "/etc/deepseek-operator/forecasters/%s" .name }}
{{- $tls := dict }}
{{- if or .caSecretRef .caConfigMapRef }}
{{- $_ := set $tls "caFile" (printf "%s/ca.crt" $directory) }}
{{- end }}
{{- if .certSecretRef }}
{{- $_ := set $tls "certFile" (printf "%s/tls.crt" $directory) }}
{{- $_ := set $tls "keyFile" (printf "%s/tls.key" $directory) }}
{{- end }}
{{- if .plaintext }}
{{- $_ := set $forecaster "plaintext" true }}
{{- else }}
{{- $_ := set $forecaster "tls" $tls }}
{{- end }}
{{- $forecasters = append $forecasters $forecaster }}
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
{{- with .Values.rpc }}
{{- if .enabled }}
{{- $rpc := pick . "requestsPerSecond" "streamsPerClient" "streams" }}
{{- $_ := set $rpc "listenAddress" (printf "127.0.0.1:%d" (int .port)) }}
{{- if .tls.secretName }}
{{- $_ := set $rpc "listenAddress" (printf "0.0.0.0:%d" (int .port)) }}
{{- $tls := dict "certFile" "/etc/deepseek-operator/rpc/tls.crt" "keyFile" "/etc/deepseek-operator/rpc/tls.key" }}
{{- if .tls.clientCertificates }}
{{- $_ := set $tls "clientCaFile" "/etc/deepseek-operator/rpc/ca.crt" }}
{{- end }}
{{- $_ := set $rpc "tls" $tls }}
{{- end }}
{{- with .tokenAudiences }}
{{- $_ := set $rpc "tokenAudiences" . }}
{{- end }}
{{- $_ := set $config "rpc" $rpc }}
{{- end }}
{{- end }}
{{- with $servers }}
{{- $_ := set $config "prometheus" . }}
{{- end }}
{{- with $forecasters }}
{{- $_ := set $config "forecasters" . }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{- /* Everything below /etc/deepseek-operator, as sources of one projected volume. */}}
{{- define "deepseek-operator.configSources" -}}
- configMap:
    name: {{ include "deepseek-operator.fullname" . }}
    items:
    - {key: config.yaml, path: config.yaml}
{{- if include "deepseek-operator.rpcForCluster" . }}
- secret:
    name: {{ .Values.rpc.tls.secretName }}
    items:
    - {key: tls.crt, path: rpc/tls.crt}
    - {key: tls.key, path: rpc/tls.key}
    {{- if .Values.rpc.tls.clientCertificates }}
    - {key: ca.crt, path: rpc/ca.crt}
    {{- end }}
{{- end }}
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
{{- range .Values.config.forecasters }}
{{- $directory := printf "forecasters/%s" .name }}
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
{{- with .certSecretRef }}
- secret:
    name: {{ .name }}
    items:
    - {key: {{ .certKey | default "tls.crt" | quote }}, path: {{ $directory }}/tls.crt}
    - {key: {{ .keyKey | default "tls.key" | quote }}, path: {{ $directory }}/tls.key}
{{- end }}
{{- end }}
{{- end }}
