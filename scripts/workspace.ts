import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const root: string = fileURLToPath(new URL('..', import.meta.url))

/** What the scripts read of a package's manifest. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** A package that is published. */
export interface Package {
  /** Its folder's name, `core` for `@linkspan/core`. */
  readonly id: string
  readonly dir: string
  readonly manifest: Manifest
  /** Its entry points' names, `index` for `.` and `host` for `./host`. */
  readonly entries: readonly string[]
}

export function readManifest(dir: string): Manifest {
  return JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest
}

/** Every package that is published, by name. */
export function publishedPackages(): readonly Package[] {
  return readdirSync(join(root, 'packages'))
    .sort()
    .map((id) => ({ id, dir: join(root, 'packages', id) }))
    .filter(({ dir }) => existsSync(join(dir, 'package.json')))
    .map(({ id, dir }) => {
      const manifest = readManifest(dir)
      const entries = Object.keys(manifest.exports ?? {}).map((key) => (key === '.' ? 'index' : key.slice(2)))
      return { id, dir, manifest, entries }
    })
    .filter(({ manifest }) => manifest.private !== true)
}

/** The published packages, once it is sure that each has been built. */
export function builtPackages(): readonly Package[] {
  const packages = publishedPackages()
  const unbuilt = packages.filter(({ dir }) => !existsSync(join(dir, 'dist/index.d.cts')))
  if (unbuilt.length > 0) {
    fail(`Not built: ${unbuilt.map(({ manifest }) => manifest.name).join(', ')}. Run \`pnpm build\` first.`)
  }
  return packages
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Milliseconds, after which the program is killed. */
  readonly deadline?: number
  /** Whether to keep what it prints instead of showing it. */
  readonly quiet?: boolean
}

/** Runs a program to its end and tells its exit code (1 when a signal ended it) and, where asked, its output. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      ...(options.deadline === undefined ? {} : { timeout: options.deadline, killSignal: 'SIGKILL' }),
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal) output += `\nended by ${signal}`
      resolve({ code: code ?? 1, output })
    })
  })
}

/** Runs the pnpm that runs this script, which may not be on the PATH. */
export function pnpm(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number; output: string }> {
  const executable = process.env['npm_execpath']
  return executable?.includes('pnpm')
    ? run(process.execPath, [executable, ...args], options)
    : run('npx', ['--yes', 'pnpm@10.34.9', ...args], options)
}

/** Packs every published package into a folder, as it would be published, and tells the tarballs' paths. */
export async function packAll(folder: string): Promise<ReadonlyMap<Package, string>> {
  const packages = builtPackages()
  const packed = await pnpm(
    ['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder],
    { quiet: true },
  )
  if (packed.code !== 0) fail(packed.output)
  return new Map(
    packages.map((each) => {
      const { name, version } = each.manifest
      return [each, join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)]
    }),
  )
}

export function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
