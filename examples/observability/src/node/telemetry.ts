// What a process needs for its telemetry, beside one line for each application: see servers/node.ts.

import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { pino } from 'pino'
import { Spans } from './spans.js'

/** Metrics that are scraped from the node's own server, and traces that go where `OTEL_EXPORTER_OTLP_ENDPOINT` says. */
export function telemetry() {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const spans = new Spans()
  const collected = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] !== undefined
  const tracing = new NodeTracerProvider({
    spanProcessors: [spans, ...(collected ? [new BatchSpanProcessor(new OTLPTraceExporter())] : [])],
  })
  tracing.register()
  return { exporter, meterProvider: new MeterProvider({ readers: [exporter] }), spans, tracing }
}

/** A logger that writes lines of JSON to a file. */
export function logTo(file: string, node: string) {
  return pino({ base: { service: 'chat', node } }, pino.destination(file))
}
