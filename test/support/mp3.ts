const FRAME_BYTES = 417;
const FRAMES_PER_SECOND = 44_100 / 1152;

/** MPEG-1 audio layer III, 128 kbit/s, 44.1 kHz: frames without anything in them, which play as silence. */
export function silentFrames(seconds: number): Uint8Array<ArrayBuffer> {
  const count = Math.round(seconds * FRAMES_PER_SECOND);
  const bytes = new Uint8Array(count * FRAME_BYTES);
  for (let frame = 0; frame < count; frame += 1) bytes.set([0xff, 0xfb, 0x90, 0x00], frame * FRAME_BYTES);
  return bytes;
}
