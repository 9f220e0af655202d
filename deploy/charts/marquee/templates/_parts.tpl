{{- /* What is the same for all objects. `design.json` says, from the code, what a service reads, calls and connects to. */ -}}

{{- define "marquee.labels" -}}
app.kubernetes.io/name: {{ .service }}
app.kubernetes.io/component: {{ .role }}
app.kubernetes.io/part-of: marquee
{{- end }}

{{- define "marquee.allLabels" -}}
{{ include "marquee.labels" . }}
app.kubernetes.io/instance: {{ .top.Release.Name }}
app.kubernetes.io/version: {{ .top.Values.image.tag | default .top.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .top.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .top.Chart.Name .top.Chart.Version }}
{{- end }}

{{- define "marquee.partLabels" -}}
app.kubernetes.io/part-of: marquee
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* The roles of a service: one that hears no events has no worker. */ -}}
{{- define "marquee.roles" -}}
{{- if .queues }}api worker{{ else }}api{{ end }}
{{- end }}

{{- define "marquee.image" -}}
{{- $image := .top.Values.image -}}
{{- $name := printf "%s%s%s" $image.registry (ternary "/" "" (ne $image.registry "")) (printf "marquee-%s" .service) -}}
{{- with get $image.digests .service -}}
{{ $name }}@{{ . }}
{{- else -}}
{{ $name }}:{{ $image.tag | default .top.Chart.AppVersion }}
{{- end }}
{{- end }}

{{- /* As the environment has it: Helm reads whole numbers as fractions, and would write 1e+06. */ -}}
{{- define "marquee.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{- define "marquee.environment" -}}
- name: ROLE
  value: {{ .role }}
{{- range .design.calls }}
- name: {{ upper . }}_URL
  value: http://{{ . }}:8000
{{- end }}
{{- $known := .design.settings }}
{{- $given := dict }}
{{- range $name, $value := .top.Values.settings }}
{{- if has $name $known }}{{ $_ := set $given $name $value }}{{ end }}
{{- end }}
{{- $own := merge (deepCopy .values.settings) $given }}
{{- range $name, $value := $own }}
- name: {{ $name }}
  value: {{ include "marquee.text" $value | quote }}
{{- end }}
{{- $secret := .values.secret }}
{{- range $name, $need := .values.secrets }}
{{- if and (ne $need "absent") (not (hasKey $own $name)) }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ $name }}
      optional: {{ eq $need "optional" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "marquee.probes" -}}
# Alive from the first answer on; 60 s to get there.
startupProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 2
  failureThreshold: 30
# The gateway stays where one service is down: it alone can say which, and the others' pages go on.
readinessProbe:
  httpGet: {path: {{ ternary "/healthz" "/readyz" (eq .service "gateway") }}, port: http}
  periodSeconds: 5
  timeoutSeconds: 2
  failureThreshold: 3
# Asks no store: a process is not better for being started anew while Mongo is away.
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}
