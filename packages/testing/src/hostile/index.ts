import { abortCases } from './aborts.js'
import { applicationCases } from './application.js'
import type { HostileChapter } from './case.js'
import { closeFrameCases } from './close-frames.js'
import { compressionCases } from './compression.js'
import { frameCases } from './frames.js'
import { lentCases } from './lent.js'
import { lifeCases } from './life.js'
import { linearTimeCases } from './linear-time.js'
import { originCases } from './origins.js'
import { pipelinedCases } from './pipelined.js'
import { raceCases } from './races.js'
import { requestLineCases } from './request-lines.js'
import { textCases } from './text.js'
import { upgradeHeaderCases } from './upgrade-headers.js'

/** The suite of raw bytes, in order. */
export const hostileChapters: readonly HostileChapter[] = [
  requestLineCases,
  upgradeHeaderCases,
  linearTimeCases,
  originCases,
  abortCases,
  pipelinedCases,
  frameCases,
  textCases,
  closeFrameCases,
  compressionCases,
  applicationCases,
  lifeCases,
  raceCases,
  lentCases,
]
