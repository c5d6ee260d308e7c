import { turn } from './fake-clock.js'

/** Every rejection that nobody handled while something ran. */
export async function unhandledDuring(run: () => unknown): Promise<unknown[]> {
  const reasons: unknown[] = []
  const listen = (reason: unknown): void => {
    reasons.push(reason)
  }
  process.on('unhandledRejection', listen)
  try {
    await run()
    await turn()
    await turn()
  } finally {
    process.off('unhandledRejection', listen)
  }
  return reasons
}
