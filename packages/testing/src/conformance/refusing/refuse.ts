import type { LinkspanOptions, Middleware } from '@linkspan/core'
import type { Stage } from '../../behaviour.js'
import type { Refused } from '../../peer.js'
import type { Recorder } from '../../recorder.js'
import { refusalOf } from '../support.js'

/** A refusal from both of its sides. */
export interface Refusal extends Refused {
  readonly record: Recorder
}

/** Connects a client to an application whose middleware refuses it. */
export async function refuse(
  stage: Stage,
  middleware: Middleware<{}, unknown>,
  options: LinkspanOptions = {},
): Promise<Refusal> {
  const app = stage.app(options)
  app.use(middleware)
  const record = stage.record(app)
  const served = await stage.serve(app)
  const answer = refusalOf(await served.answer())
  return { ...answer, record }
}
