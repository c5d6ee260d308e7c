import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from './workspace.js'

/**
 * Runs a TypeScript program over the workspace's sources in this process's place: its output, its signals, its exit
 * code.
 */
export function launch(file: string, args: readonly string[] = process.argv.slice(2)): void {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@linkspan/source', file, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child itself.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1))
  })
}
