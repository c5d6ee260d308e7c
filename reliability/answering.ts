import type { Answers, Question, Ready, Reply, Unasked } from './server/questions.js'

/**
 * Answers what the program that started this process asks, as a `Child` does. The process lives no longer than that
 * program, and its questions alone do not keep it alive.
 */
export function answering(answers: Answers): void {
  process.on('message', ({ id, ask, about }: Question) => {
    Promise.resolve()
      .then(() => {
        const answer = answers[ask]
        if (answer === undefined) throw new Error(`this program has no answer to '${ask}'`)
        return answer(about)
      })
      .then(
        (answer) => say({ id, answer }),
        (thrown: unknown) => say({ id, failed: String(thrown) }),
      )
  })
  // Nobody is left to ask: a program that outlives its test would run forever.
  process.on('disconnect', () => process.exit(1))
  process.channel?.unref()
}

/** Says something to the program that started this process. */
export function say(message: Reply | Ready | Unasked): void {
  if (process.connected) process.send?.(message)
}
