// What shells read to complete belt's words. Each asks `belt __complete` (src/cli/complete/answer.ts says how).

// bash: for 3.2 too, which macOS has: no negative subscripts, no arrays by name, and `compopt` only where there is one.
const BASH = String.raw`# belt completion for bash: eval "$(belt completion bash)"
_belt() {
  local line="${'$'}{COMP_LINE:0:COMP_POINT}" current='' prefix='' rest='' word about files=
  local -a words
  read -r -a words <<< "$line"
  if [[ "$line" != *[[:space:]] ]]; then
    current="${'$'}{words[${'$'}{#words[@]}-1]}"
    unset "words[${'$'}{#words[@]}-1]"
  fi
  # Readline replaces what follows the last of these characters only, and with an @ the @ too.
  rest="${'$'}{current##*[${'$'}{COMP_WORDBREAKS//@/}]}"
  prefix="${'$'}{current:0:${'$'}{#current}-${'$'}{#rest}}"
  COMPREPLY=()
  while IFS=$'\t' read -r word about; do
    if [[ "$word" == :files ]]; then
      files=1
    else
      COMPREPLY+=("${'$'}{word#"$prefix"}")
    fi
  done < <(command belt __complete "=$current" "${'$'}{words[@]:1}" 2> /dev/null)
  if [[ -n "$files" && ${'$'}{#COMPREPLY[@]} -gt 0 ]]; then
    while IFS= read -r word; do
      [[ -d "$word" ]] && word="$word/"
      COMPREPLY+=("$(printf %q "${'$'}{word#"$prefix"}")")
    done < <(compgen -f -- "$current")
  fi
  # Without compopt, bash 3 offers files wherever nothing else fits.
  if type compopt > /dev/null 2>&1; then
    if [[ -n "$files" && ${'$'}{#COMPREPLY[@]} -eq 0 ]]; then
      compopt -o default
    elif [[ ${'$'}{#COMPREPLY[@]} -eq 1 && "${'$'}{COMPREPLY[0]}" == *[=:/] ]]; then
      compopt -o nospace
    fi
  fi
}
if type compopt > /dev/null 2>&1; then
  complete -F _belt belt
else
  complete -o default -F _belt belt
fi
`;

const ZSH = String.raw`#compdef belt
# belt completion for zsh: source <(belt completion zsh), after compinit
# So that node[1:4] and web-* need no quotes:
alias belt='noglob belt'
_belt() {
  local word about files=
  # What more is typed behind: no space follows.
  local -a shown begun
  while IFS=$'\t' read -r word about; do
    if [[ "$word" == :files ]]; then
      files=1
    elif [[ "$word" == *[=:] ]]; then
      begun+=("${'$'}{word//:/\\:}${'$'}{about:+:$about}")
    else
      shown+=("${'$'}{word//:/\\:}${'$'}{about:+:$about}")
    fi
  done < <(command belt __complete "=${'$'}{(Q)words[CURRENT]}" "${'$'}{(@Q)words[2,CURRENT-1]}" 2> /dev/null)
  local ended=1
  _describe belt shown && ended=0
  _describe belt begun -S '' && ended=0
  [[ -n "$files" ]] && _files && ended=0
  return ended
}
(( $+functions[compdef] )) && compdef _belt belt
`;

const FISH = `# belt completion for fish: belt completion fish | source
function __belt_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (command belt __complete "=$current" $words[2..-1] 2> /dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c belt -f -a '(__belt_complete)'
`;

// What PowerShell would read as more than a word, as a selector (`@all` would be an argument list), stands in quotes.
const POWERSHELL = `# belt completion for PowerShell: belt completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName belt -ScriptBlock {
    param($current, $ast, $cursor)
    $before = @($ast.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor })
    $words = @($before | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { "$_" }
    })
    $current = "$current".Trim([char]39, [char]34)
    & belt __complete "=$current" @words 2> $null | Where-Object { $_ -ne ':files' } | ForEach-Object {
        $word, $about = $_ -split [char]9, 2
        if (-not $about) { $about = $word }
        $text = if ($word -match '^[\\w.:=/+-]+$') { $word } else { "'$word'" }
        [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $about)
    }
}
`;

export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL } as const;

export const SHELLS = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];
