import type { Reporter } from 'vitest/node'
import { SecretCounter } from './secrets.js'

/**
 * Reads everything that a test run prints, its own lines and those of tests, servers and loggers. One secret of those that
 * are planted in requests and messages, and the run has failed.
 */
export class SecretWatch implements Reporter {
  readonly #counters: SecretCounter[] = []

  onInit(): void {
    for (const stream of [process.stdout, process.stderr]) this.#watch(stream)
  }

  onTestRunEnd(): void {
    const count = this.#counters.reduce((sum, counter) => sum + counter.count, 0)
    if (count === 0) return
    process.exitCode = 1
    process.stderr.write(`What was printed contains ${count} planted secrets: a log must carry none.\n`)
  }

  #watch(stream: NodeJS.WriteStream): void {
    const counter = new SecretCounter()
    this.#counters.push(counter)
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean
    stream.write = ((...args: unknown[]) => {
      const [piece] = args
      counter.push(typeof piece === 'string' ? piece : Buffer.from(piece as Uint8Array).toString())
      return write(...args)
    }) as typeof stream.write
  }
}
