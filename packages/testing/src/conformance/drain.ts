import type { Chapter } from '../behaviour.js'
import { asking } from './drain/asking.js'
import { forcing } from './drain/forcing.js'
import { refusing } from './drain/refusing.js'
import { waiting } from './drain/waiting.js'

/** How an application ends its part: nobody new, everybody out, and a report. */
export const chapter: Chapter = {
  title: 'drain',
  behaviours: [...asking, ...refusing, ...waiting, ...forcing],
}
