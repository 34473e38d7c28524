# Starts: python run.py demo. Rendered from infra/windows/launcher.ps1.j2; ASCII only, for Windows PowerShell 5.1.
# It sets UTF-8 for the console, Python and git, and passes every argument and the exit code on. Words are in Python.

$ErrorActionPreference = 'Stop'

$utf8 = New-Object System.Text.UTF8Encoding $false
[Console]::InputEncoding = $utf8
[Console]::OutputEncoding = $utf8
$OutputEncoding = $utf8
$env:PYTHONUTF8 = '1'
$env:PYTHONIOENCODING = 'utf-8'
$env:LC_ALL = 'C.UTF-8'
$env:GIT_CONFIG_COUNT = '3'
$env:GIT_CONFIG_KEY_0 = 'core.quotepath'
$env:GIT_CONFIG_VALUE_0 = 'false'
$env:GIT_CONFIG_KEY_1 = 'i18n.commitEncoding'
$env:GIT_CONFIG_VALUE_1 = 'utf-8'
$env:GIT_CONFIG_KEY_2 = 'i18n.logOutputEncoding'
$env:GIT_CONFIG_VALUE_2 = 'utf-8'

$root = Split-Path -Parent (Split-Path -Parent $PSScriptRoot)
$entry = Join-Path $root 'run.py'
$python = Get-Command py -ErrorAction SilentlyContinue
if ($python) {
    $launch = @('-3')
} else {
    $python = Get-Command python -ErrorAction Stop
    $launch = @()
}

Push-Location -LiteralPath $root
try {
    & $python.Source @launch $entry 'demo' @args
    $code = $LASTEXITCODE
} finally {
    Pop-Location
}
exit $code
