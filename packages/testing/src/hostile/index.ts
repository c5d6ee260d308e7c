import { abortCases } from './aborts.js'
import { admissionCases } from './admission.js'
import { applicationCases } from './application.js'
import type { HostileChapter } from './case.js'
import { closeFrameCases } from './close-frames.js'
import { compressionCases } from './compression.js'
import { crowdCases } from './crowds.js'
import { envelopeCases } from './envelopes.js'
import { floodCases } from './floods.js'
import { forwardedCases } from './forwarded.js'
import { frameCases } from './frames.js'
import { headerLineCases } from './header-lines.js'
import { lentCases } from './lent.js'
import { lifeCases } from './life.js'
import { linearTimeCases } from './linear-time.js'
import { oddFrameCases } from './odd-frames.js'
import { originCases } from './origins.js'
import { pipelinedCases } from './pipelined.js'
import { placeCases } from './places.js'
import { raceCases } from './races.js'
import { requestLineCases } from './request-lines.js'
import { requestTargetCases } from './request-targets.js'
import { sessionCases } from './sessions.js'
import { sizeCases } from './sizes.js'
import { textCases } from './text.js'
import { tokenCases } from './tokens.js'
import { upgradeHeaderCases } from './upgrade-headers.js'

/** The suite of raw bytes, in order. */
export const hostileChapters: readonly HostileChapter[] = [
  requestLineCases,
  requestTargetCases,
  headerLineCases,
  upgradeHeaderCases,
  linearTimeCases,
  placeCases,
  originCases,
  forwardedCases,
  admissionCases,
  tokenCases,
  sessionCases,
  crowdCases,
  abortCases,
  pipelinedCases,
  frameCases,
  oddFrameCases,
  sizeCases,
  textCases,
  closeFrameCases,
  compressionCases,
  applicationCases,
  envelopeCases,
  lifeCases,
  floodCases,
  raceCases,
  lentCases,
]
