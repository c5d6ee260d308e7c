import type { Recording } from '@linkspan/core'
import type { Action, ActionKind } from '../simulation/schedule.js'
import type { SimulateOptions } from '../simulation/simulate.js'
import { type Act, actsOf } from './acts.js'
import { filler } from './filler.js'

/**
 * A recorded life as a scenario of `simulate`: one client that does at the same times what that one did, in a world whose
 * backends are slow, fail and hang by seed. It shows whether what must hold of an application holds for that life whatever
 * happens around it; whether it comes to the same end, `replay` tells.
 *
 * @example
 * for (let seed = 1; seed <= 100; seed += 1) await simulate({ app, seed, ...scenario(recording) })
 */
export function scenario(
  recording: Recording,
): Required<Pick<SimulateOptions, 'clients' | 'schedule' | 'message'>> {
  const acts = actsOf(recording)
    // A schedule counts no messages.
    .map((act) => (act.act === 'stall' ? { ...act, at: act.by } : act))
    .sort((one, other) => one.at - other.at)
  const schedule: Action[] = [action('connect')]
  let now = 0
  for (const act of acts) {
    if (act.at > now) schedule.push(action('advance', act.at - now))
    now = Math.max(now, act.at)
    schedule.push(actionOf(act))
  }
  if (recording.age > now) schedule.push(action('advance', recording.age - now))
  const sends = acts.flatMap((act) => (act.act === 'send' ? [act] : []))
  return {
    clients: 1,
    schedule,
    message: (_random, count) => filler(sends[count]?.kind ?? 'text', sends[count]?.size ?? 0),
  }
}

function actionOf(act: Act): Action {
  switch (act.act) {
    case 'stall':
      return action('pause')
    case 'violate':
      return action(VIOLATIONS[act.code] ?? 'badFrame')
    case 'close':
      // 1005 is no close code: that is what a close frame without one comes to.
      return action('close', act.code === 1005 ? undefined : act.code)
    default:
      return action(act.act)
  }
}

const VIOLATIONS: Readonly<Record<number, ActionKind>> = { 1007: 'badText', 1009: 'oversize' }

function action(kind: ActionKind, exactly?: number): Action {
  return { kind, client: 0, amount: 0, ...(exactly === undefined ? {} : { exactly }) }
}
