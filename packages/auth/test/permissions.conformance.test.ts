import { everywhere } from '../../../tests/everywhere.js'
import { chapter } from './chapters/permissions.js'

everywhere('permissions', [chapter])
