/** A message that has told what happened, and goes on to say what to do next. */
export const WHAT_TO_DO: RegExp =
  /[.;] (Add|Allow|Ask|Call|Check|Compare|Correct|Deploy|Look|Load|Open|Pass|Put|Register|Reload|Serve|Set|Sign (?:in|out)|Try|To sign out|Use|If|It will)\b/;
