{{- /* The rights of the operator where it looks after services. docs/permissions.md is the same as a table, and
tests/integration/test_permissions.py holds both against what the operator really asks for. */}}
{{- define "deepseek-operator.rules" -}}
- apiGroups: [deepseek-operator.dev]
  resources: [deepseekservices]
  verbs: [list, watch, patch]
- apiGroups: [deepseek-operator.dev]
  resources: [deepseekservices/status]
  verbs: [patch]
- apiGroups: [deepseek-operator.dev]
  resources: [deepseekservices/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments/scale]
  verbs: [patch]
- apiGroups: [""]
  resources: [services, configmaps]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch{{ if .Values.rbac.podDeletionCost }}, patch{{ end }}]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- range .Values.rbac.targetKinds }}
- apiGroups: [{{ .apiGroup | quote }}]
  resources: [{{ if not (and (eq .apiGroup "apps") (eq .resource "deployments")) }}{{ .resource }}, {{ end }}{{ .resource }}/scale]
  verbs: [get]
{{- end }}
{{- if .Values.rbac.keda }}
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [get, patch]
{{- end }}
{{- if .Values.rbac.istio }}
- apiGroups: [networking.istio.io]
  resources: [destinationrules]
  verbs: [get, create, patch, delete]
{{- end }}
{{- end }}

{{- /* Of `deepseek-operator restore`, where the operator has looked after services. ScaledObjects always: they may have
been adopted before rbac.keda was switched off. */}}
{{- define "deepseek-operator.restoreRules" -}}
- apiGroups: [deepseek-operator.dev]
  resources: [deepseekservices]
  verbs: [list, patch]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, patch]
- apiGroups: [keda.sh]
  resources: [scaledobjects]
  verbs: [get, list, patch]
{{- end }}

{{- /* Rules with their binding: a ClusterRole, or a Role in each of watchNamespaces. Takes root, name, rules,
serviceAccount and annotations (may be empty). */}}
{{- define "deepseek-operator.grant" -}}
{{- $root := .root }}
{{- range $namespace := default (list "") $root.Values.watchNamespaces }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ ternary "Role" "ClusterRole" (ne $namespace "") }}
metadata:
  {{- include "deepseek-operator.grantMetadata" (dict "grant" $ "namespace" $namespace) | nindent 2 }}
rules:
  {{- $.rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ ternary "RoleBinding" "ClusterRoleBinding" (ne $namespace "") }}
metadata:
  {{- include "deepseek-operator.grantMetadata" (dict "grant" $ "namespace" $namespace) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ ternary "Role" "ClusterRole" (ne $namespace "") }}
  name: {{ $.name }}
subjects:
- kind: ServiceAccount
  name: {{ $.serviceAccount }}
  namespace: {{ $root.Release.Namespace }}
{{- end }}
{{- end }}

{{- define "deepseek-operator.grantMetadata" -}}
name: {{ .grant.name }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "deepseek-operator.labels" .grant.root | nindent 2 }}
{{- with .grant.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
