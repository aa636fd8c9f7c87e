/** Text of a built file. */
declare module 'text:*' {
  const text: string;
  export default text;
}
