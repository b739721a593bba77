// What shells read to complete belt's words. Each asks `belt __complete` (src/cli/complete/answer.ts says how).

const BASH = String.raw`# belt completion for bash: source <(belt completion bash)
_belt() {
  local line="${'$'}{COMP_LINE:0:COMP_POINT}" current='' prefix='' word about files=
  local -a words
  read -r -a words <<< "$line"
  if [[ "$line" != *[[:space:]] ]]; then
    current="${'$'}{words[-1]}"
    unset 'words[-1]'
  fi
  # Readline replaces what follows the last of these characters only, and with an @ the @ too.
  [[ "$current" =~ ^(.*["${'$'}{COMP_WORDBREAKS//@/}"]) ]] && prefix="${'$'}{BASH_REMATCH[1]}"
  COMPREPLY=()
  while IFS=$'\t' read -r word about; do
    if [[ "$word" == :files ]]; then
      files=1
    else
      COMPREPLY+=("${'$'}{word#"$prefix"}")
    fi
  done < <(command belt __complete "=$current" "${'$'}{words[@]:1}" 2> /dev/null)
  if [[ -n "$files" ]]; then
    compopt -o default
  elif [[ "${'$'}{#COMPREPLY[@]}" == 1 && "${'$'}{COMPREPLY[0]}" == *= ]]; then
    compopt -o nospace
  fi
}
complete -F _belt belt
`;

const ZSH = String.raw`#compdef belt
# belt completion for zsh: source <(belt completion zsh), after compinit
# So that node[1:4] and web-* need no quotes:
alias belt='noglob belt'
_belt() {
  local word about files=
  local -a shown
  while IFS=$'\t' read -r word about; do
    if [[ "$word" == :files ]]; then
      files=1
    else
      shown+=("${'$'}{word//:/\\:}${'$'}{about:+:$about}")
    fi
  done < <(command belt __complete "=${'$'}{(Q)words[CURRENT]}" "${'$'}{(@Q)words[2,CURRENT-1]}" 2> /dev/null)
  local ended=1
  _describe belt shown && ended=0
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

const POWERSHELL = `# belt completion for PowerShell: belt completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName belt -ScriptBlock {
    param($current, $ast, $cursor)
    $words = @($ast.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { "$_" })
    & belt __complete "=$current" @words 2> $null | Where-Object { $_ -ne ':files' } | ForEach-Object {
        $word, $about = $_ -split [char]9, 2
        if (-not $about) { $about = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
    }
}
`;

export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL } as const;

export const SHELLS = Object.keys(SCRIPTS) as (keyof typeof SCRIPTS)[];
