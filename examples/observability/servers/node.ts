// One node of the chat, as a process: what it serves, and what it tells of itself. The example starts two of them.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { asyncContext, shutdown } from '@linkspan/node'
import { instrument, measuredStore } from '@linkspan/otel'
import { redisBroker, redisStore } from '@linkspan/redis'
import { attach } from '@linkspan/ws'
import { Redis } from 'ioredis'
import { chat } from '../src/app.js'
import type { FromNode, NodeConfig, Questions, ToNode } from '../src/node/questions.js'
import { logTo, telemetry } from '../src/node/telemetry.js'

type Answers = {
  readonly [Name in keyof Questions]: (ask: Questions[Name]['ask']) => Questions[Name]['answer']
}

const say = (what: FromNode): void => void process.send?.(what)

async function begin({ name, host, port, redis: url, secret, log }: NodeConfig): Promise<Answers> {
  const { exporter, meterProvider, spans, tracing } = telemetry()
  const logger = logTo(log, name)
  const redis = new Redis(url)
  redis.on('error', (error) => logger.warn({ reason: error.message }, 'redis'))

  let searching = 0
  const { app, sessions } = chat(
    {
      secret: Buffer.from(secret, 'base64'),
      store: measuredStore(redisStore(redis, { prefix: 'chat:session:' }), { app: 'chat', meterProvider }),
      // Stands for a database.
      search: async (text) => {
        await after(5 + Math.random() * 35 + searching)
        return [`nothing about ${text}`]
      },
    },
    {
      broker: redisBroker(redis),
      cluster: { node: name },
      context: asyncContext(),
      logger,
      // Shorter than usual, so that less patience is needed to see it.
      heartbeat: { interval: 5_000, misses: 2 },
      closeTimeout: 2_000,
    },
  )
  instrument(app, {
    metrics: { meterProvider, sessions, sample: 1 },
    traces: { messages: 0.01, route: () => '/rooms/:room' },
  })

  const server = createServer((req, res) => {
    if (req.url === '/metrics') exporter.getMetricsRequestHandler(req, res)
    else res.writeHead(404).end()
  })
  attach(server, app, { path: '/rooms/:room' })
  const stopping = shutdown({
    apps: [app],
    servers: [server],
    close: {
      sessions: () => sessions.flush(),
      traces: () => tracing.shutdown(),
      redis: () => redis.disconnect(),
    },
    signals: ['SIGTERM'],
    grace: 8_000,
    exit: true,
    logger,
  })
  // Ctrl-C is for the example, which ends its nodes in order; and where that is gone, nobody needs them any more.
  process.on('SIGINT', () => {})
  process.on('disconnect', () => void stopping.begin())

  server.listen(port, host)
  await once(server, 'listening')
  await app.ready()
  say({ listening: (server.address() as AddressInfo).port })

  return {
    explain: ({ connection }) => ({
      over: app.recording(connection)?.end !== undefined,
      text: String(app.explain(connection)),
    }),
    slow: ({ by }) => {
      searching = by
    },
    spans: () => spans.traced,
  }
}

const [first] = (await once(process, 'message')) as [Extract<ToNode, { begin: NodeConfig }>]
const answers = await begin(first.begin)
process.on('message', ({ id, question, ask }: Exclude<ToNode, { begin: NodeConfig }>) => {
  say({ id, answer: answers[question](ask as never) })
})
