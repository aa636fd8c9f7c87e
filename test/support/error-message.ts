/** A message that has told what happened, and goes on to say what to do next. */
export const WHAT_TO_DO: RegExp =
  /[.;] (Ask|Call|Check|Compare|Correct|Deploy|Look|Load|Open|Put|Register|Reload|Serve|Set|Sign in|Try|Use|If|It will)\b/;
