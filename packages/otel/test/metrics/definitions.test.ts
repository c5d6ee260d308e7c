import { readFileSync } from 'node:fs'
import { type Authenticated, memoryBroker } from '@linkspan/core'
import { type Definition, definitions, type InstrumentKind, measuredStore } from '@linkspan/otel'
import { memoryStore, session } from '@linkspan/session'
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'
import type { Reading } from './meters.js'
import { Scene } from './scene.js'

/** An application to which everything happens that is measured, once at least. */
async function everything(): Promise<Reading> {
  const scene = new Scene()
  const { clock } = scene
  const hub = memoryBroker()
  const meterProvider = scene.meters.provider
  const store = measuredStore(memoryStore({ clock }), { meterProvider, clock })
  const sessions = session({ store, clock, query: 'sid' })
  const app = scene
    .app({
      broker: hub,
      heartbeat: { interval: 1_000, misses: 3 },
      outbox: { bytes: 100_000, overflow: 'drop-oldest' },
    })
    .use(function gate(conn, next) {
      return conn.request.path === '/no' ? conn.reject({ status: 401, reason: 'no token' }) : next()
    })
    .use(sessions)
    .use((conn, next) => {
      conn.authenticate({ subject: 'ada', tenant: 'acme' })
      return next<Authenticated>()
    })
    .message((conn, message) => {
      if (message.text() === 'throw') throw new Error('mine')
      conn.send(message)
    })
  const { served } = await scene.measured(app, { sessions, breakers: { profiles: { state: 'open' } } })
  await served.status({ path: '/no' })
  const peer = await served.connect()
  peer.send('hello')
  await scene.pass(5_000)
  peer.pause()
  for (let i = 0; i < 10; i += 1) app.broadcast(new Uint8Array(60_000))
  peer.resume()
  peer.send('throw')
  await scene.pass(1_000)
  hub.cut()
  await scene.pass(1_000)
  return scene.read()
}

const TYPES: Readonly<Record<InstrumentKind, (metric: MetricData) => boolean>> = {
  counter: ({ dataPointType, ...metric }) =>
    dataPointType === DataPointType.SUM && 'isMonotonic' in metric && metric.isMonotonic,
  updowncounter: ({ dataPointType, ...metric }) =>
    dataPointType === DataPointType.SUM && 'isMonotonic' in metric && !metric.isMonotonic,
  gauge: ({ dataPointType }) => dataPointType === DataPointType.GAUGE,
  histogram: ({ dataPointType }) => dataPointType === DataPointType.HISTOGRAM,
}

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

it('everything that is defined is measured, as it is defined, and nothing else', async () => {
  const reading = await everything()
  expect(reading.scopes).toEqual([
    { name: '@linkspan/otel', version: manifest.version, schemaUrl: undefined },
  ])
  expect(reading.metrics.map(({ descriptor }) => descriptor.name).sort()).toEqual(
    Object.values(definitions)
      .map(({ name }) => name)
      .sort(),
  )
  for (const metric of reading.metrics) {
    const definition: Definition | undefined = Object.values(definitions).find(
      ({ name }) => name === metric.descriptor.name,
    )
    if (definition === undefined) throw new Error(metric.descriptor.name)
    const { name, unit, description, kind } = definition
    expect(metric.descriptor, name).toMatchObject({ unit, description })
    expect(TYPES[kind](metric), `${name} is a ${kind}`).toBe(true)
    const attributes = metric.dataPoints.map((point) => Object.keys(point.attributes))
    const all = new Set(['linkspan.app', ...definition.attributes])
    expect(new Set(attributes.flat()), name).toEqual(all)
    for (const each of attributes) expect(each, name).toContain('linkspan.app')
  }
})

it('buckets are those of the definitions', async () => {
  const reading = await everything()
  for (const { name, kind, buckets } of Object.values(definitions)) {
    if (kind !== 'histogram') continue
    const metric = reading.of(name.replace('linkspan.', ''))
    if (metric?.dataPointType !== DataPointType.HISTOGRAM) throw new Error(name)
    expect(metric.dataPoints[0]?.value.buckets.boundaries, name).toEqual(buckets)
  }
})

it('every number is of one application, and tells nobody’s name, address or words', async () => {
  const reading = await everything()
  const told = JSON.stringify(
    reading.metrics.map(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes)),
  )
  expect(told).not.toMatch(/ada|127\.0\.0\.1|hello|throw|sid|\/no/)
  expect(told).toContain('"linkspan.app":"linkspan"')
})
