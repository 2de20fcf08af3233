/** A program whose helpers live when it has nothing more to do: asleep, or on the lookout. */
import type { Tensor } from '../../../../src/core/value.js'
import { builder as b } from '../../../../src/tape/node.js'
import { type Concrete, concrete } from '../../../../src/tensor/concrete.js'
import { programOf } from '../../plans.js'
import { team, untilAsleep, untilHelped } from '../team.js'

const t = team(3)
const x: readonly Concrete[] = [concrete([4096], 'f32', new Float32Array(4096))]
const p = programOf(([y]) => [b.exp(y as Tensor)], x)
const c = t.compile(p)
if (process.argv[2] === 'looking') t.set('patience', 2 ** 31 - 1)
await untilHelped(t, () => c.run(x, p.constants))
if (process.argv[2] !== 'looking') await untilAsleep(t)
console.log('helped')
