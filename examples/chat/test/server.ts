import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** One of the servers, as a process of its own. */
export interface Server {
  readonly url: string
  /** What it has printed. */
  readonly output: () => string
  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void
  /** Ends it with a signal; answers its exit code, `null` where the signal itself ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

const running = new Set<ChildProcess>()

/** Starts a server as `pnpm demo` does. Port 0 is any. */
export async function start(transport: string, port = 0): Promise<Server> {
  const file = `examples/chat/servers/${transport}.ts`
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@linkspan/source', file], {
    cwd: root,
    env: { ...process.env, PORT: String(port) },
  })
  running.add(child)
  const exited = once(child, 'exit').then(([code]) => {
    running.delete(child)
    return code as number | null
  })
  let output = ''
  const url = await new Promise<URL>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += String(chunk)
      const found = /http:\/\/localhost:\d+/.exec(output)
      if (found !== null) resolve(new URL(found[0]))
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    exited.then(() => reject(new Error(`${file} ended before it listened:\n${output}`)), reject)
  })
  return {
    url: url.origin,
    output: () => output,
    signal: (signal) => child.kill(signal),
    end(signal) {
      child.kill(signal)
      return exited
    },
  }
}

/** A port to come back to: one that was given out as any is no longer to be had at once on every server. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Ends what a test that failed left running. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}
