# Starts: python run.py <verb> ..., for example: clipwright.ps1 deploy --dry-run
# It sets UTF-8 for the console, Python and git, chooses a Python that run.py supports, passes all arguments to it and
# returns its exit code. ASCII only: Windows PowerShell 5.1 reads scripts in the system's code page. Syntax of 5.1 only.

# Continue: with Stop, 5.1 ends this script at the first line that a program writes to stderr, where the caller redirects
# it ("2>&1", an editor, a remote session). What a program failed with is its exit code.
$ErrorActionPreference = 'Continue'
$PSNativeCommandUseErrorActionPreference = $false

$utf8 = New-Object System.Text.UTF8Encoding $false
try {
    [Console]::InputEncoding = $utf8
    [Console]::OutputEncoding = $utf8
} catch {
    # No console: the task scheduler, or an editor that shows output by itself.
}
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

# The Python versions that run.py supports, in order of preference.
$supported = '3.12', '3.13', '3.11', '3.14'
# A line of "py -0p": " -V:3.12 *  C:\...", or " -3.12-64  C:\..." of an older launcher. 32-bit ones have no torch.
$installed = '^\s*-(?:V:)?(3\.\d+)(?:-64)?(?:\s|$)'

$command = $null
$options = @()
if (Get-Command py -ErrorAction SilentlyContinue) {
    $found = @(& py -0p | ForEach-Object { if ($_ -match $installed) { $Matches[1] } })
    foreach ($version in $supported) {
        if (-not $command -and $found -contains $version) {
            $command = 'py'
            $options = @("-$version")
        }
    }
}
if (-not $command -and (Get-Command python -ErrorAction SilentlyContinue)) {
    # Without an installed Python, the "python" of Windows opens the store and prints no version.
    $version = & python -c "import sys; print('%d.%d' % sys.version_info[:2])"
    if ($supported -contains $version) {
        $command = 'python'
    }
}
if (-not $command) {
    [Console]::Error.WriteLine('error: Clipwright needs Python 3.11 to 3.14; run: winget install Python.Python.3.12')
    exit 1
}

# Before 7.3, PowerShell drops empty arguments of programs and does not escape quotes inside arguments.
$words = @($args)
$shell = $PSVersionTable.PSVersion
if ($shell.Major -lt 7 -or ($shell.Major -eq 7 -and $shell.Minor -lt 3)) {
    $words = @($args | ForEach-Object { if ("$_" -eq '') { '""' } else { "$_" -replace '(\\*)"', '$1$1\"' } })
}

$root = Split-Path -Parent (Split-Path -Parent $PSScriptRoot)
Push-Location -LiteralPath $root
try {
    & $command @options (Join-Path $root 'run.py') @words
    $code = $LASTEXITCODE
} finally {
    Pop-Location
}
exit $code
