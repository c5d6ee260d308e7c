import type { RequestListener } from 'node:http'
import type { Linkspan } from '@linkspan/core'
import { metrics, traces } from '@linkspan/otel'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

/** Measures an application. Answers what tells Prometheus. */
export function measured(app: Linkspan<unknown>): RequestListener {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  metrics(app, { meterProvider: new MeterProvider({ readers: [exporter] }) })
  return (request, response) => exporter.getMetricsRequestHandler(request, response)
}

/** Traces one message of a hundred, and sends that to a collector. Answers what sends the rest of it. */
export function traced(app: Linkspan<unknown>, collector: number | undefined): () => Promise<void> {
  const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${collector}/v1/traces` })
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
  provider.register()
  traces(app, { messages: 0.01 })
  return () => provider.forceFlush()
}
