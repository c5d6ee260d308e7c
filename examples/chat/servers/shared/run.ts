import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import type { chat } from '../../src/app.js'
import { encode } from '../../src/protocol.js'

/** What is listened on. */
interface Where {
  readonly port: number
  readonly host: string
}

/** A server that is not `node:http`'s own. */
interface Host {
  /** Listens, and answers the port. */
  start(where: Where): Promise<number>
  stop(): unknown
}

/**
 * Runs one of the servers as a program: listens on `PORT` (3000; 0 for any) of `HOST` (127.0.0.1), says where and what
 * to do next, and on SIGINT or SIGTERM ends the connections, then the server, then the process.
 */
export async function run(name: string, app: ReturnType<typeof chat>, server: Server | Host): Promise<void> {
  const host = 'start' in server ? server : hostOf(server)
  const where = { port: Number(process.env['PORT'] ?? 3000), host: process.env['HOST'] ?? '127.0.0.1' }
  const port = await host.start(where).catch((error: Error) => {
    console.error(
      `Cannot listen on ${where.host}:${where.port}: ${error.message}. Choose another: PORT=3001 ${pnpm()} demo`,
    )
    process.exit(1)
  })
  greet(name, `http://${where.host === '127.0.0.1' ? 'localhost' : where.host}:${port}`)

  app.on('open', ({ identity, data }) => console.log(`  + ${identity.subject} came into #${data.room}`))
  app.on('reject', ({ request }, { code, reason }) => {
    console.log(`  ! ${request.path} refused with ${code}: ${reason}`)
  })
  app.on('close', ({ identity, data }, { code, by, duration }) => {
    const seconds = Math.round(duration / 1_000)
    // Who was refused has no identity, and has been told of above.
    if (identity)
      console.log(`  - ${identity.subject} left #${data.room} after ${seconds} s (${code}, by ${by})`)
  })

  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    app.broadcast(encode({ type: 'notice', text: 'The server restarts. You will be back in a moment.' }))
    const { closed, forced } = await app.drain({ grace: 5_000 })
    console.log(`\n  Stopped: ${closed} closed, ${forced} cut.\n`)
    await host.stop()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop())
}

function hostOf(server: Server): Host {
  return {
    async start({ port, host }) {
      server.listen(port, host)
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

function greet(name: string, url: string): void {
  const bold = (text: string) => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[22m` : text)
  console.log(`
  Linkspan chat on ${name}

    ${bold(url)}

  Open it in two windows, come in under two names, and talk. Then:

  - Stop this with Ctrl-C and start it again: the page says so, and comes back by itself.
  - Put the same chat on another server (ws, express, fastify, koa, uws):
    ${bold(`TRANSPORT=uws ${pnpm()} demo`)}
  - Read the chat, which knows no server:  examples/chat/src/app.ts
  - Read this server, a few lines:         examples/chat/servers/${basename(process.argv[1] ?? '')}
`)
}

/** How pnpm was called: who came here through npx may have none to type. */
function pnpm(): string {
  const { npm_execpath: path = '', npm_config_user_agent: agent = '' } = process.env
  const version = /pnpm\/(\S+)/.exec(agent)?.[1]
  return path.includes('_npx') && version !== undefined ? `npx --yes pnpm@${version}` : 'pnpm'
}
