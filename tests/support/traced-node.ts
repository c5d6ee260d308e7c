// One node of a traced application, as a process: NODE is its name, APP the application's, REDIS a port, OTLP where its
// traces go. Prints what happens as lines of JSON, and leaves on SIGTERM.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { jwt } from '@linkspan/auth'
import { linkspan, named } from '@linkspan/core'
import { limitConnections } from '@linkspan/guard'
import { asyncContext } from '@linkspan/node'
import { traces } from '@linkspan/otel'
import { redisBroker } from '@linkspan/redis'
import { attach } from '@linkspan/ws'
import { trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { Redis } from 'ioredis'

const { NODE = '', APP = '', REDIS = '', OTLP = '', SECRET = '' } = process.env
const say = (what: object): void => console.log(JSON.stringify(what))

const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: OTLP }))],
})
provider.register()
const tracer = trace.getTracer('the application')

const redis = new Redis(Number(REDIS), '127.0.0.1')
const app = linkspan({
  name: APP,
  origin: '*',
  context: asyncContext(),
  broker: redisBroker(redis),
  cluster: { node: NODE },
})
  .use(limitConnections({ perAddress: 100 }))
  .use(jwt({ secret: SECRET }))
  .use(
    named('profile', async (conn, next) => {
      conn.join('inner circle')
      return tracer.startActiveSpan('look up', async (span) => {
        await Promise.resolve()
        span.end()
        return next()
      })
    }),
  )
  .message((conn, message) => {
    conn.to('inner circle').send(message)
    app.emit('said', { size: message.size })
  })
app.on('open', () => void app.ready().then(() => say({ joined: true })))
app.onNode('said', ({ size }: { size: number }) => {
  tracer.startActiveSpan('index', (span) => {
    span.end()
    say({ indexed: size })
  })
})
traces(app, {
  messages: 1,
  parent: (_conn, message) => message.json<{ trace?: Record<string, string> }>().trace,
})

const server = createServer()
attach(server, app, { path: '/chat/:room' })
server.listen(0, '127.0.0.1')
await once(server, 'listening')
await app.ready()
const address = server.address()
say({ port: typeof address === 'object' ? address?.port : undefined })

await once(process, 'SIGTERM')
await app.drain({ grace: 1_000 })
await provider.shutdown()
redis.disconnect()
server.close()
