import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** This folder. */
export const here: string = fileURLToPath(new URL('.', import.meta.url))

/** The longest that anything is waited for, in milliseconds. */
const PATIENCE = 90_000

/** Whether servers and load have a core each. */
export const pinned: boolean =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0

/** How many connections a process may hold here. */
export const mostConnections: number = descriptors() - 200

const left = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of left) child.kill('SIGKILL')
})

/** Turns the servers, and the load for machines without a C compiler, into what plain Node runs. */
export async function compile(): Promise<void> {
  const files = ['./servers/*.ts', './load/load.ts']
  await build({
    absWorkingDir: here,
    entryPoints: files,
    outdir: 'dist',
    outbase: '.',
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  })
}

/** Starts a program on a core of its own, with as many descriptors as it may have. */
export function start(core: number, command: readonly string[], options: StartOptions): ChildProcess {
  const pin = pinned ? ['taskset', '-c', String(core)] : []
  const child = spawn('sh', ['-c', 'ulimit -n $(ulimit -Hn); exec "$@"', 'sh', ...pin, ...command], {
    cwd: here,
    stdio: [...options.stdio],
    env: { ...process.env, ...options.env, NODE_OPTIONS: '', NODE_ENV: 'production' },
  })
  left.add(child)
  child.once('exit', () => left.delete(child))
  return child
}

interface StartOptions {
  readonly stdio: readonly ('pipe' | 'inherit' | 'ignore' | 'ipc')[]
  readonly env?: Readonly<Record<string, string>>
}

/** The next event of an emitter that belongs to a process; fails where the process ends first, or nothing comes in time. */
export async function next<Told>(
  child: ChildProcess,
  from: NodeJS.EventEmitter,
  event: string,
): Promise<Told> {
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE)])
  const onExit = (): void => ended.abort(new Error(`${child.spawnargs.at(-1)} ended with ${child.exitCode}`))
  child.once('exit', onExit)
  try {
    const [told] = (await once(from, event, { signal })) as [Told]
    return told
  } catch (thrown) {
    throw new Error(`no ${event} from ${child.spawnargs.slice(4).join(' ').slice(0, 200)}`, { cause: thrown })
  } finally {
    child.off('exit', onExit)
  }
}

function descriptors(): number {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })
  const limit = Number.parseInt(stdout, 10)
  return Number.isNaN(limit) ? 65_536 : limit
}
