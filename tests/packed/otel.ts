import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { flightRecorder, linkspan } from '@linkspan/core'
import { instrument } from '@linkspan/otel'
import { upgrade } from '@linkspan/ws'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { WebSocket } from 'ws'
import { listening } from './prove.js'

const exporter = new PrometheusExporter({ preventServerStart: true })
const meterProvider = new MeterProvider({ readers: [exporter] })
const spans = new InMemorySpanExporter()
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register()

const app = linkspan({ name: 'seen', recorder: flightRecorder() })
  .use(function gate(conn, next) {
    return conn.request.query.has('name') ? next() : conn.reject({ status: 401, reason: 'who are you?' })
  })
  .message((conn, message) => conn.send(message.text()))
const end = instrument(app, { metrics: { meterProvider }, traces: { messages: 1 } })

let refused = ''
app.on('reject', (conn) => {
  refused = conn.id
})

const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response))
server.on('upgrade', upgrade(app))

async function main(): Promise<void> {
  const port = await listening(server)
  const nobody = new WebSocket(`ws://127.0.0.1:${port}/`)
  await once(nobody, 'unexpected-response')
  nobody.on('error', () => {})
  nobody.terminate()

  const ada = new WebSocket(`ws://127.0.0.1:${port}/?name=Ada`)
  await once(ada, 'open')
  ada.send('hello')
  await once(ada, 'message')
  ada.close(1000)
  await once(ada, 'close')

  const told = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  assert.match(told, /^linkspan_handshakes_total\{.*linkspan_outcome="opened".*\} 1/m)
  assert.match(told, /^linkspan_handshakes_total\{.*linkspan_reason="who are you\?".*\} 1/m)
  assert.deepEqual(
    spans.getFinishedSpans().map(({ name }) => name),
    ['WebSocket handshake', 'WebSocket handshake', 'handle message'],
  )
  assert.match(String(app.explain(refused)?.sentence), /'gate' refused it .* with 401: who are you\?/)

  end()
  await app.drain({ grace: 0 })
  server.close()
}

void main()
