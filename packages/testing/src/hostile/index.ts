import { abortCases } from './aborts.js'
import type { HostileChapter } from './case.js'
import { closeFrameCases } from './close-frames.js'
import { frameCases } from './frames.js'
import { originCases } from './origins.js'
import { pipelinedCases } from './pipelined.js'
import { requestLineCases } from './request-lines.js'
import { textCases } from './text.js'
import { upgradeHeaderCases } from './upgrade-headers.js'

/** The suite of raw bytes, in order. */
export const hostileChapters: readonly HostileChapter[] = [
  requestLineCases,
  upgradeHeaderCases,
  originCases,
  abortCases,
  pipelinedCases,
  frameCases,
  textCases,
  closeFrameCases,
]
