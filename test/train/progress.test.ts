import { meanSquaredError } from 'lanac/loss'
import { dense } from 'lanac/nn'
import { sgd } from 'lanac/optim'
import { key, normal } from 'lanac/random'
import { progress, fit as train } from 'lanac/train'
import { describe, expect, test } from 'vitest'

const run = (epochs: number, batchSize = 2) =>
  train({
    model: dense(2, 1),
    loss: meanSquaredError,
    optimizer: sgd({ learningRate: 0.1 }),
    data: { x: normal(key(0), [40, 2]), y: normal(key(1), [40, 1]) },
    key: key(2),
    epochs,
    batchSize,
  })

/** A stream that remembers. */
const sink = (isTTY: boolean) => {
  const texts: string[] = []
  return { stream: { write: (text: string) => texts.push(text), isTTY, columns: 120 }, texts }
}

describe('where output is no terminal', () => {
  test('states pass through, and an epoch has as many lines as asked for', async () => {
    const { stream, texts } = sink(false)
    const shown = await progress({ stream, lines: 4 })
    expect([...shown(run(2))].map((s) => s.loss)).toEqual([...run(2)].map((s) => s.loss))
    expect(texts.length).toBe(8)
    expect(texts[0]).toMatch(/^epoch 1\/2 {2}step {2}5\/40 {2}loss \d+\.\d{4}\n$/)
    expect(texts[7]).toMatch(/^epoch 2\/2 {2}step 40\/40 {2}loss \d+\.\d{4}\n$/)
  })

  test('also when an epoch has fewer steps than lines', async () => {
    const { stream, texts } = sink(false)
    for (const _ of (await progress({ stream, lines: 10 }))(run(1, 20)));
    expect(texts.map((t) => t.slice(0, 22))).toEqual(['epoch 1/1  step 1/2  l', 'epoch 1/1  step 2/2  l'])
  })
})

describe('on a terminal', () => {
  test('there is a bar, which is at the end when training is, and gives the cursor back', async () => {
    const { stream, texts } = sink(true)
    const shown = await progress({ stream })
    expect([...shown(run(1))].length).toBe(20)
    const text = texts.join('')
    expect(text).toContain('█')
    expect(text).toMatch(/step 20\/20 {2}loss \d+\.\d{4}/)
    expect(text.lastIndexOf('\x1b[?25h')).toBeGreaterThan(text.lastIndexOf('\x1b[?25l'))
  })

  test('also when it is left early', async () => {
    const { stream, texts } = sink(true)
    for (const s of (await progress({ stream }))(run(1))) if (s.step === 3) break
    const text = texts.join('')
    expect(text).toContain('\x1b[?25h')
    expect(text).not.toContain('step 20/20')
  })
})
