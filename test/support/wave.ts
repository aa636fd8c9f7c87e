const RATE = 8000;

/** A WAV file of silence: 8-bit mono PCM, which every engine plays. */
export function silence(seconds: number): Uint8Array<ArrayBuffer> {
  const size = RATE * seconds;
  const file = new Uint8Array(44 + size).fill(128, 44);
  const view = new DataView(file.buffer);
  const text = (offset: number, value: string): void => void new TextEncoder().encodeInto(value, file.subarray(offset));
  text(0, 'RIFF');
  view.setUint32(4, 36 + size, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, 'data');
  view.setUint32(40, size, true);
  return file;
}
