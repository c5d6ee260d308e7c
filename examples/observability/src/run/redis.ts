import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort, isInstalled, Program } from './program.js'
import { until } from './until.js'

/** Where the nodes' Redis is, and what ends it if it is ours. */
export interface RunningRedis {
  readonly url: URL
  /** For a reader: where it comes from. */
  readonly told: string
  readonly pid: number | undefined
  stop(): Promise<void>
}

const USUAL = 'redis://127.0.0.1:6379'

/**
 * The Redis at `given`, or on the usual port; where none answers there, one of our own, if it is installed.
 *
 * @throws Error that says what to do.
 */
export async function findRedis(given: string | undefined, folder: string): Promise<RunningRedis> {
  const url = new URL(given ?? USUAL)
  if (await answers(url))
    return { url, told: `the one that answers at ${url.host}`, pid: undefined, stop: async () => {} }
  if (given !== undefined)
    throw new Error(`No Redis answers at ${url.host}, which --redis names. Start it, or leave --redis out.`)
  if (isInstalled('redis-server')) return await own(folder)
  throw new Error(
    `No Redis answers at ${url.host}, and redis-server is not installed. The two nodes need one between them: ` +
      'apt-get install redis-server, or docker run --rm -p 127.0.0.1:6379:6379 redis, or --redis with the address of yours.',
  )
}

async function own(folder: string): Promise<RunningRedis> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const server = new Program('redis-server', args, join(folder, 'redis.log'))
  const url = new URL(`redis://127.0.0.1:${port}`)
  try {
    await until('redis-server', async () => {
      server.mustRun()
      return (await answers(url)) || undefined
    })
  } catch (thrown) {
    await server.stop()
    throw thrown
  }
  return {
    url,
    told: `one of our own at ${url.host}: none answered at ${new URL(USUAL).host}`,
    pid: server.pid,
    stop: () => server.stop(),
  }
}

async function answers(url: URL): Promise<boolean> {
  const client = new Redis(url.href, {
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    retryStrategy: () => null,
  })
  // Told by what `connect` throws as well.
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}
