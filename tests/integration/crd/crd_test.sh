#!/usr/bin/env bash
# The CRD of DeepSeekService against a real API server: what it takes, what it refuses with which words, what it fills in,
# what kubectl shows. The table is cases.txt; the operator's own validation is held against the same one.
#
#   KUBECONFIG=… tests/integration/crd/crd_test.sh
#
# Installs the CRD (and leaves it installed) and works in a namespace of its own. KUBECTL names another kubectl.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
namespace=crd-test-$$
failures=0
passed=0

kubectl() { command "${KUBECTL:-kubectl}" --request-timeout=20s "$@"; }

pass() { passed=$((passed + 1)); }

fail() { # what was expected, what came
  failures=$((failures + 1))
  printf 'FAIL %s\n     %s\n\n' "$1" "${2//$'\n'/$'\n'     }" >&2
}

expect_contains() { # case, text, wanted
  if [[ $2 == *"$3"* ]]; then pass; else fail "$1: expected '$3' in" "$2"; fi
}

expect_equal() { # case, got, wanted
  if [[ $2 == "$3" ]]; then pass; else fail "$1: expected '$3', got" "$2"; fi
}

service() { # name, spec as JSON
  printf '{"apiVersion":"deepseek-operator.dev/v1alpha1","kind":"DeepSeekService","metadata":{"name":"%s"},"spec":%s}' "$1" "$2"
}

dry_run() { kubectl create -n "$namespace" --dry-run=server -o name -f - 2>&1; }

expect_accepted() { # case, object
  local answer
  if answer=$(dry_run <<<"$2"); then pass; else fail "$1: expected to be accepted" "$answer"; fi
}

expect_rejected() { # case, object, field, text
  local answer
  if answer=$(dry_run <<<"$2"); then
    fail "$1: expected to be refused because of $3" "$answer"
  elif [[ $answer != *"$3: "* ]]; then
    fail "$1: expected the field $3 in" "$answer"
  else
    expect_contains "$1" "$answer" "$4"
  fi
}

template='{"spec":{"containers":[{"name":"server","ports":[{"name":"http","containerPort":8000}]}]}}'
least="{\"template\":$template,\"replicas\":{\"max\":1}}"

trim() {
  local text=$1
  text=${text#"${text%%[! ]*}"}
  printf %s "${text%"${text##*[! ]}"}"
}

table() {
  local verdict field server_says _ spec line=0 name
  while IFS='|' read -r verdict field server_says _ spec; do
    line=$((line + 1))
    [[ $verdict == '#'* || -z $verdict ]] && continue
    spec=${spec//TEMPLATE/$template}
    spec=${spec//DEMAND/'{"preset":"deepseek"}'}
    name="cases.txt:$line"
    case $(trim "$verdict") in
      accept | operator) expect_accepted "$name" "$(service chat "$spec")" ;;
      reject | schema) expect_rejected "$name" "$(service chat "$spec")" "$(trim "$field")" "$(trim "$server_says")" ;;
      *) fail "$name: unknown verdict" "$verdict" ;;
    esac
  done <"$here/cases.txt"
}

names() {
  local label63 with_service
  label63=$(printf 'a%.0s' {1..63})
  with_service="{\"template\":$template,\"service\":{\"port\":80},\"replicas\":{\"max\":1}}"
  expect_accepted "a name of 63 characters" "$(service "$label63" "$least")"
  expect_accepted "a name that starts with a digit" "$(service 7chat "$least")"
  expect_rejected "a name of 64 characters" "$(service "a$label63" "$least")" "<nil>" "at most 63"
  expect_rejected "a name with a dot" "$(service chat.v1 "$least")" "<nil>" "without dots"
  expect_rejected "a Service's name that starts with a digit" "$(service 7chat "$with_service")" "<nil>" "starts with a letter"
}

# A list of as many entries as asked for: repeat 3 '{"name":"a%s"}'
repeat() { # count, format with one %s
  local i list=
  for ((i = 0; i < $1; i++)); do
    # shellcheck disable=SC2059 # the format is the caller's
    list+=,$(printf "$2" "$i")
  done
  printf '[%s]' "${list#,}"
}

# The longest lists, with rules on every entry: what the API server's budget for the cost of rules has to allow.
long_lists() {
  local spec event='{"name":"event-%s","start":"2026-12-01T09:00:00Z","end":"2026-12-01T12:00:00Z","multiplier":"2","minReplicas":20}'
  spec="{\"template\":$template,\"replicas\":{\"max\":1},\"prediction\":{\"events\":%s,\"holidays\":%s}}"
  # shellcheck disable=SC2059
  {
    expect_accepted "32 events and 400 holidays" "$(service chat "$(printf "$spec" "$(repeat 32 "$event")" "$(days 400)")")"
    expect_rejected "33 events" "$(service chat "$(printf "$spec" "$(repeat 33 "$event")" '[]')")" spec.prediction.events "at most 32"
    expect_rejected "401 holidays" "$(service chat "$(printf "$spec" '[]' "$(days 401)")")" spec.prediction.holidays "at most 400"
  }
}

# As above: every rule compares every pool with every other.
long_pools() {
  local label format
  label=$(printf 'x%.0s' {1..61})
  format="{\"name\":\"p%s$label\",\"backend\":{\"name\":\"$label\",\"maxConnections\":500,\"sharePercent\":12,\"exporter\":\"postgres\"},\"holdTime\":\"1s\"}"
  expect_accepted "8 pools" "$(service chat "{\"template\":$template,\"replicas\":{\"max\":1},\"connectionPools\":$(repeat 8 "$format")}")"
  expect_rejected "9 pools" "$(service chat "{\"template\":$template,\"replicas\":{\"max\":1},\"connectionPools\":$(repeat 9 "$format")}")" \
    spec.connectionPools "at most 8"
}

days() { # count
  local i list=
  for ((i = 0; i < $1; i++)); do
    list+=,\"$((2000 + i / 28))-01-$(printf %02d $((i % 28 + 1)))\"
  done
  printf '[%s]' "${list#,}"
}

unknown_fields() {
  local answer
  answer=$(dry_run <<<"$(service chat "${least%\}},\"replica\":{}}")") || true
  expect_contains "a misspelt field" "$answer" 'unknown field "spec.replica"'
  answer=$(kubectl create -n "$namespace" --dry-run=server -o 'jsonpath={.spec.template.spec}' -f - \
    <<<"$(service chat '{"template":{"spec":{"hostNetwork":true,"containers":[{"name":"server","image":"x:1"}]}},"replicas":{"max":1}}')")
  expect_equal "a template is kept as it is" "$answer" '{"containers":[{"image":"x:1","name":"server"}],"hostNetwork":true}'
}

defaults() {
  local spec answer
  spec="{\"template\":$template,\"replicas\":{\"max\":5},\"demand\":{\"preset\":\"deepseek\"},\"capacity\":{\"formula\":{\"cores\":\"8\",\"concurrencyPerCore\":\"4\",\"averageResponseTime\":\"1s\"}}}"
  answer=$(kubectl create -n "$namespace" --dry-run=server -f - -o 'jsonpath={.spec.replicas.min} {.spec.demand.prometheus} {.spec.capacity.formula.safetyFactor} {.spec.prediction}' <<<"$(service chat "$spec")")
  expect_equal "defaults" "$answer" \
    '1 default 1.5 {"history":"28d","leadTime":"Auto","maxReleasePerPeriod":{"percent":20,"period":"1m","replicas":1},"mode":"Active","model":"Auto","quantile":"0.9","seasons":["Auto"],"timeZone":"UTC"}'
  spec="{\"template\":$template,\"replicas\":{\"max\":5},\"prediction\":{\"maxReleasePerPeriod\":{\"replicas\":5}}}"
  answer=$(kubectl create -n "$namespace" --dry-run=server -f - -o 'jsonpath={.spec.deletionPolicy} {.spec.prediction.maxReleasePerPeriod}' <<<"$(service chat "$spec")")
  expect_equal "what is left out of a limit is no default" "$answer" 'Delete {"period":"1m","replicas":5}'
  spec="{\"template\":$template,\"replicas\":{\"max\":5},\"connectionPools\":[{\"name\":\"orders-db\",\"backend\":{\"name\":\"mysql\",\"maxConnections\":500},\"holdTime\":\"300ms\"}]}"
  answer=$(kubectl create -n "$namespace" --dry-run=server -f - -o 'jsonpath={.spec.istio} {.spec.connectionPools[0]}' <<<"$(service chat "$spec")")
  expect_equal "defaults of a pool" "$answer" \
    'false {"backend":{"idleLimit":"8h","maxConnections":500,"name":"mysql","reserved":5},"client":"generic","holdTime":"300ms","name":"orders-db","perReplica":{"max":100},"processesPerReplica":1}'
}

# Every field of ours is explained; whoever adds one without a description is told here.
explanations() {
  local answer undescribed
  answer=$(kubectl explain dss.spec.prediction | tr -s ' \n' '  ')
  expect_contains "kubectl explain dss.spec.prediction" "$answer" "How the forecast is made and what it may do"
  expect_contains "kubectl explain dss.spec.prediction" "$answer" "or a duration from 1s to 6h. Default: Auto."
  undescribed=$(for part in spec spec.template spec.targetRef spec.service \
    spec.replicas spec.autoscaling spec.autoscaling.behavior.scaleDown spec.autoscaling.hpaRef spec.autoscaling.scaledObjectRef \
    spec.demand spec.capacity spec.capacity.formula spec.capacity.learned spec.prediction spec.prediction.events \
    spec.prediction.maxRaisePerPeriod spec.prediction.maxReleasePerPeriod spec.override spec.podDisruptionBudget \
    spec.connectionPools spec.connectionPools.backend spec.connectionPools.perReplica status.connectionPools status.poolPods \
    status status.floor status.demand status.forecast status.capacity status.leadTime status.score status.recentDecisions \
    status.conditions; do
    kubectl explain "dss.$part" | grep -B1 '<no description>' | sed "s/^/$part: /"
  done) || true
  expect_equal "fields without a description" "$undescribed" ""
}

columns() {
  local answer
  answer=$(kubectl get dss -n "$namespace" chat | tr -s ' ' '\n' | tr '\n' ' ')
  expect_contains "kubectl get dss" "$answer" "NAME READY REPLICAS FLOOR DEMAND FORECAST MODE AGE chat False 9 11 131 192 Active "
  answer=$(kubectl get dss -n "$namespace" chat -o wide)
  expect_contains "kubectl get dss -o wide" "$(tr -s ' \n' '  ' <<<"$answer")" "AGE REASON MODEL LEAD chat"
  expect_contains "kubectl get dss -o wide" "$answer" "Forecast   day+week Holt-Winters, AR(1)   4m42s"
}

# The status that the operator writes (tests/api/status_json_test.cc makes the same file) survives the schema whole.
status() {
  local object wanted answer decision='{"at":"2026-12-01T09:00:00Z","from":1,"to":2}'
  service chat "$least" | kubectl create -n "$namespace" -f - >/dev/null
  object=$(printf '{"apiVersion":"deepseek-operator.dev/v1alpha1","kind":"DeepSeekService","metadata":{"name":"chat"},"status":%s}' "$(<"$here/status.json")")
  wanted=$(kubectl create --dry-run=client -f - -o 'jsonpath={.status}' <<<"$object")
  kubectl apply -n "$namespace" --server-side --field-manager=crd-test --subresource=status -f - <<<"$object" >/dev/null
  answer=$(kubectl get dss -n "$namespace" chat -o 'jsonpath={.status}')
  expect_equal "the operator's status" "$answer" "$wanted"
  columns
  answer=$(kubectl wait -n "$namespace" --for=condition=Accepted --timeout=5s dss/chat 2>&1) || true
  expect_contains "kubectl wait" "$answer" "condition met"
  answer=$(kubectl patch dss -n "$namespace" chat --subresource=status --type=merge \
    -p "{\"status\":{\"recentDecisions\":[$decision,$decision,$decision,$decision,$decision,$decision]}}" 2>&1) || true
  expect_contains "six decisions" "$answer" "must have at most 5 items"
  # generation counts changes of the spec, not of the status.
  expect_equal "generation" "$(kubectl get dss -n "$namespace" chat -o 'jsonpath={.metadata.generation}')" 1
}

examples() {
  local file
  for file in "$root"/examples/*.yaml; do
    expect_accepted "examples/${file##*/}" "$(<"$file")"
  done
}

# Adopting a Deployment that the operator made before, and back.
switches() {
  local answer ref='{"spec":{"template":null,"targetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"chat"}}}'
  answer=$(kubectl patch dss -n "$namespace" chat --type=merge -p "$ref" 2>&1) || true
  expect_contains "template to targetRef" "$answer" "patched"
  answer=$(kubectl patch dss -n "$namespace" chat --type=merge -p "{\"spec\":{\"targetRef\":null,\"template\":$template}}" 2>&1) || true
  expect_contains "targetRef to template" "$answer" "patched"
}

main() {
  if ! kubectl get --raw /readyz >/dev/null; then
    echo 'error: no API server answers; start one with "hack/cluster up --nodeless" and export the KUBECONFIG it names' >&2
    exit 1
  fi
  kubectl apply --server-side -f "$root/crds/deepseek-operator.dev_deepseekservices.yaml" >/dev/null
  kubectl wait --for=condition=Established --timeout=30s crd/deepseekservices.deepseek-operator.dev >/dev/null
  kubectl create namespace "$namespace" >/dev/null
  trap 'kubectl delete namespace "$namespace" --wait=false >/dev/null' EXIT
  expect_equal "a client-side apply of the CRD fits into its annotation" \
    "$(kubectl apply --dry-run=server -f "$root/crds/deepseek-operator.dev_deepseekservices.yaml" >/dev/null && echo yes)" yes
  table
  names
  long_lists
  long_pools
  unknown_fields
  defaults
  explanations
  examples
  status
  switches
  printf '%d checks passed, %d failed\n' "$passed" "$failures"
  [ "$failures" = 0 ]
}

main "$@"
