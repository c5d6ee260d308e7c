import { setTimeout as after } from 'node:timers/promises'
import { type Act, type Props, Stage } from './stage.js'

/** Plays one act after the other, with pauses between them, and begins again after the last, until `signal`. */
export async function tour(acts: readonly Act[], every: number, props: Props): Promise<void> {
  const { say, signal } = props
  const stage = new Stage({ ...props, say: (text) => say(`  │ ${text}`.trimEnd()) })
  for (let turn = 0; acts.length > 0; turn += 1) {
    try {
      await after(turn === 0 ? Math.min(every, 3_000) : every, undefined, { signal })
      const act = acts[turn % acts.length] as Act
      say(`\n  ┌ ${act.title}`)
      stage.say(`Look at: ${act.panels.map((panel) => `“${panel}”`).join(', ')}`)
      await act.play(stage)
      say('  └\n')
    } catch (thrown) {
      if (signal.aborted) return
      // What did not show is said, and the tour goes on.
      say(`  └ that did not go as it should: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
    }
  }
}
