import { type InstrumentOptions, instrument } from '@linkspan/otel'
import { trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Scene } from './scene.js'

/** Spans as they end, of whoever traces. */
function spans() {
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
  onTestFinished(() => trace.disable())
  return exporter
}

async function visited(options: (scene: Scene) => InstrumentOptions) {
  const exporter = spans()
  const scene = new Scene()
  const app = scene.app()
  const end = instrument(app, options(scene))
  const served = await scene.serve(app)
  await served.connect()
  const seen = { spans: exporter.getFinishedSpans().length, reading: await scene.read() }
  exporter.reset()
  end()
  await served.connect()
  const after = { spans: exporter.getFinishedSpans().length, reading: await scene.read() }
  return { seen, after }
}

describe('instrument', () => {
  it('measures and traces, and ends both', async () => {
    const { seen, after } = await visited((scene) => ({ metrics: { meterProvider: scene.meters.provider } }))
    expect(seen.spans).toBeGreaterThan(0)
    expect(seen.reading.table('handshakes')).toEqual({ 'opened 101': 1 })
    expect(after.spans).toBe(0)
    expect(after.reading.table('handshakes')).toEqual({ 'opened 101': 1 })
  })

  it('traces without measuring', async () => {
    const { seen } = await visited(() => ({ metrics: false }))
    expect(seen.spans).toBeGreaterThan(0)
    expect(seen.reading.metrics).toEqual([])
  })

  it('measures without tracing', async () => {
    const { seen } = await visited((scene) => ({
      metrics: { meterProvider: scene.meters.provider },
      traces: false,
    }))
    expect(seen.spans).toBe(0)
    expect(seen.reading.table('handshakes')).toEqual({ 'opened 101': 1 })
  })

  it('begins nothing where an option of either makes no sense', () => {
    const scene = new Scene()
    const app = scene.app()
    const options = { meterProvider: scene.meters.provider }
    const call = () => instrument(app, { metrics: options, traces: { messages: 2 } })
    expect(call).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
    expect(() => instrument(app, { metrics: { tenants: -1 } })).toThrow('tenants')
    instrument(app, { metrics: options })()
  })
})
